package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	bytesOf "encoding/binary"
	"encoding/hex"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"unicode/utf16"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"

	"huiyin/cases"
	"huiyin/store/redis"
)

// TestMarkerSearchFinds proves the search of the marker run: one mark is planted on purpose in every place, and the search
// finds it there. Before, it finds nothing.
func TestMarkerSearchFinds(t *testing.T) {
	t.Parallel()
	r := newMarkerRun(t, life{cases.Named, cases.Named, "", "time"})
	r.draft()
	r.send()
	r.search(stageFiled)
	scrape := get(t, r.metrics)
	plants := []struct {
		place, mark string
		plant       func(t *testing.T) error
	}{
		{inLog, "id", func(*testing.T) error {
			slog.New(slog.NewTextHandler(r.h.log, nil)).Info("hello", "user", plantedID)
			return nil
		}},
		{inPostgres, "name", func(t *testing.T) error { // as UTF-16 in a binary column
			var raw []byte
			for _, u := range utf16.Encode([]rune(plantedName)) {
				raw = bytesOf.LittleEndian.AppendUint16(raw, u)
			}
			return r.draftRow(raw)
		}},
		{inPostgres, "id", func(*testing.T) error { return r.draftRow(bytesOf.BigEndian.AppendUint64(nil, plantedID)) }},
		{inPostgres, "words in Chinese", func(t *testing.T) error { // in clear, in a table of strange purpose
			r.inDatabase(func(db *pgx.Conn) error {
				_, err := db.Exec(t.Context(), "CREATE TABLE notes AS SELECT $1::jsonb AS note", `{"said": "`+plantedChinese+`"}`)
				return err
			})
			return nil
		}},
		{inRedis, "username", func(t *testing.T) error {
			c, err := redis.Open(t.Context(), r.h.settings.RedisURL)
			if err != nil {
				return err
			}
			return c.ZAdd(context.Background(), "hy:recent", goredis.Z{Score: 1, Member: "@" + plantedUsername}).Err()
		}},
		{inBlobs, "place in the picture", func(*testing.T) error {
			return os.WriteFile(filepath.Join(r.h.settings.Blobs, "x"), plantedPicture(), 0o600)
		}},
		{inBlobNames, "file name", func(*testing.T) error {
			return os.WriteFile(filepath.Join(r.h.settings.Blobs, plantedPhoto), nil, 0o600)
		}},
		{inTemporary, "author", func(*testing.T) error {
			return os.WriteFile(filepath.Join(r.h.settings.TempDir, "spool"), plantedLetter(), 0o600)
		}},
		{inMetrics, "id", func(t *testing.T) error {
			leak := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(scrape + "huiyin_updates{user=\"" + strconv.Itoa(plantedID) + "\"} 1\n")) // a lost answer fails the test
			}))
			t.Cleanup(leak.Close)
			before := r.metrics
			t.Cleanup(func() { r.metrics = before })
			r.metrics = leak.URL
			return nil
		}},
		{onPhone(owner), "words", func(*testing.T) error { return r.tell(owner, plantedWords) }}, // nobody has taken the case
		{onPhone(owner), "camera", func(*testing.T) error { return r.hand(owner, plantedPicture()) }},
	}
	for who := range r.officers {
		plants = append(plants, struct {
			place, mark string
			plant       func(t *testing.T) error
		}{onPhone(who), "phone", func(*testing.T) error { return r.tell(who, "call "+plantedPhone) }})
	}
	for _, p := range plants {
		t.Run(p.place+", "+p.mark, func(t *testing.T) { // one after another: all plant in the same house
			is := func(f found) bool { return f.place == p.place && f.marker == p.mark }
			if wrong, _ := judge(r.life, stageFiled, r.known, r.places()); slices.ContainsFunc(wrong, is) {
				t.Fatal("found before it is planted")
			}
			if err := p.plant(t); err != nil {
				t.Fatal(err)
			}
			if wrong, _ := judge(r.life, stageFiled, r.known, r.places()); !slices.ContainsFunc(wrong, is) {
				t.Error("not found")
			}
		})
	}
	if _, missing := judge(r.life, stageTaken, r.known, map[string][]byte{}); len(missing) == 0 {
		t.Error("a run that shows nobody anything is not noticed")
	}
}

func (r *markerRun) draftRow(body []byte) error {
	r.inDatabase(func(db *pgx.Conn) error {
		_, err := db.Exec(r.h.t.Context(), "INSERT INTO drafts (name, rev, body) VALUES ($1, 1, $2)", body[:4], body)
		return err
	})
	return nil
}

// tell sends an officer a message past the program.
func (r *markerRun) tell(who, words string) error {
	chat := strconv.FormatInt(r.officers[who].ID(), 10)
	answer, err := http.PostForm(r.h.settings.APIURL+"/bot"+testToken+"/sendMessage", url.Values{"chat_id": {chat}, "text": {words}})
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// hand sends an officer a file past the program.
func (r *markerRun) hand(who string, raw []byte) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("chat_id", strconv.FormatInt(r.officers[who].ID(), 10)) // a buffer takes everything
	part, err := form.CreateFormFile("document", "a.jpg")
	if err != nil {
		return err
	}
	_, _ = part.Write(raw) // as above
	_ = form.Close()
	answer, err := http.Post(r.h.settings.APIURL+"/bot"+testToken+"/sendDocument", form.FormDataContentType(), &body)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// TestMarkerForms looks for marks in every form in which a program could write them.
func TestMarkerForms(t *testing.T) {
	t.Parallel()
	words, number := marked("name", plantedName+"张"), markedID("id", plantedID)
	little, big := bytesOf.LittleEndian.AppendUint64(nil, plantedID), bytesOf.BigEndian.AppendUint64(nil, plantedID)
	sum := sha256.Sum256([]byte(strconv.Itoa(plantedID)))
	for how, c := range map[string]struct {
		m       marker
		content []byte
	}{
		"as it is": {words, []byte("…" + plantedName + "张…")}, "escaped": {words, []byte(`{"a":"` + plantedName + `\u5f20"}`)},
		"hex": {words, []byte("a0" + hex.EncodeToString([]byte(plantedName+"张")) + "ff")}, "decimal": {number, []byte(`"user":7391739155,`)},
		"little endian": {number, append([]byte("k"), little...)}, "big endian": {number, append([]byte("k"), big...)},
		"hash": {number, append([]byte("k"), sum[:]...)}, "varint": {number, bytesOf.AppendUvarint([]byte{8}, plantedID)},
		"base 36": {number, []byte("u" + strconv.FormatInt(plantedID, 36))},
	} {
		if form, _ := c.m.in(c.content); form == "" {
			t.Errorf("%s: not found in %q", how, c.content)
		}
	}
	for _, m := range []marker{words, number} {
		raw := m.forms["raw"]
		for offset := range 5 {
			for end := range 4 {
				whole := append(append(bytes.Repeat([]byte{0xfb}, offset), raw...), bytes.Repeat([]byte{0xef}, end)...)
				for _, coding := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
					if form, _ := m.in([]byte(coding.EncodeToString(whole))); form == "" {
						t.Errorf("%s, %d bytes before and %d after: not found in base 64", m.name, offset, end)
					}
				}
			}
		}
	}
	if form, _ := words.in([]byte("Typedname Somebody else 张")); form != "" {
		t.Errorf("found as %s where it is not", form)
	}
}
