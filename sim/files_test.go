package sim_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/sim"
)

func picture(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBotSendsFiles(t *testing.T) {
	t.Parallel()
	srv, b, base := newPair(t, sim.Options{})
	p := srv.AddPhone(sim.Profile{Name: "P"})
	p.Send("/start")
	ctx := context.Background()
	pic := picture(t, 2560, 1280)
	m, err := b.SendPhoto(ctx, &bot.SendPhotoParams{ChatID: p.ID(), Photo: &models.InputFileUpload{Filename: "a.png", Data: bytes.NewReader(pic)}, Caption: "<b>c</b>", ParseMode: models.ParseModeHTML})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Photo) != 2 || m.Photo[1].Width != 1280 || m.Photo[1].Height != 640 || m.Caption != "c" {
		t.Errorf("photo %+v", m.Photo)
	}
	if got := p.Last(); got.Media.Kind != "photo" || got.HTML != "<b>c</b>" {
		t.Errorf("phone sees %+v", got)
	}
	if _, err := b.SendPhoto(ctx, &bot.SendPhotoParams{ChatID: p.ID(), Photo: &models.InputFileString{Data: m.Photo[1].FileID}}); err != nil {
		t.Errorf("by file_id: %v", err)
	}
	if _, err := b.SendPhoto(ctx, &bot.SendPhotoParams{ChatID: p.ID(), Photo: &models.InputFileUpload{Filename: "a.png", Data: strings.NewReader("text")}}); err == nil || !strings.Contains(err.Error(), "IMAGE_PROCESS_FAILED") {
		t.Errorf("text as photo: %v", err)
	}
	if _, err := b.SendDocument(ctx, &bot.SendDocumentParams{ChatID: p.ID(), Document: &models.InputFileString{Data: m.Photo[1].FileID}}); err == nil || !strings.Contains(err.Error(), "can't use file of type Photo as Document") {
		t.Errorf("photo as document: %v", err)
	}
	up := func() *models.InputFileUpload {
		return &models.InputFileUpload{Filename: "n.txt", Data: strings.NewReader("same bytes")}
	}
	one, err := b.SendDocument(ctx, &bot.SendDocumentParams{ChatID: p.ID(), Document: up()})
	if err != nil {
		t.Fatal(err)
	}
	two, err := b.SendDocument(ctx, &bot.SendDocumentParams{ChatID: p.ID(), Document: up()})
	if err != nil {
		t.Fatal(err)
	}
	if one.Document.FileID == two.Document.FileID || one.Document.FileUniqueID != two.Document.FileUniqueID {
		t.Errorf("ids %+v and %+v", one.Document, two.Document)
	}
	for name, send := range map[string]func() error{
		"voice": func() error {
			_, err := b.SendVoice(ctx, &bot.SendVoiceParams{ChatID: p.ID(), Voice: up(), Duration: 7})
			return err
		},
		"video": func() error {
			_, err := b.SendVideo(ctx, &bot.SendVideoParams{ChatID: p.ID(), Video: up()})
			return err
		},
		"audio": func() error {
			_, err := b.SendAudio(ctx, &bot.SendAudioParams{ChatID: p.ID(), Audio: up()})
			return err
		},
	} {
		if err := send(); err != nil || p.Last().Media == nil || p.Last().Media.Kind != name {
			t.Errorf("%s: %v, %+v", name, err, p.Last().Media)
		}
	}
	album, err := b.SendMediaGroup(ctx, &bot.SendMediaGroupParams{ChatID: p.ID(), Media: []models.InputMedia{
		&models.InputMediaDocument{Media: "attach://one.txt", MediaAttachment: strings.NewReader("1"), Caption: "first"},
		&models.InputMediaDocument{Media: "attach://two.txt", MediaAttachment: strings.NewReader("2")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(album) != 2 || album[0].MediaGroupID == "" || album[0].MediaGroupID != album[1].MediaGroupID || album[0].Caption != "first" {
		t.Errorf("album %+v", album)
	}
	if a := call(t, base, "sendMediaGroup", obj{"chat_id": p.ID(), "media": []obj{{"type": "document", "media": one.Document.FileID}, {"type": "photo", "media": m.Photo[1].FileID}}}); a.Description != "Bad Request: photo can't be mixed with other media types" {
		t.Errorf("mixed album: %+v", a)
	}
}

func TestBotDownloads(t *testing.T) {
	t.Parallel()
	srv, b, base := newPair(t, sim.Options{})
	p := srv.AddPhone(sim.Profile{Name: "P"})
	ctx := context.Background()
	body := bytes.Repeat([]byte("0123456789"), 1000)
	small := p.SendFile("document", "a.bin", body, "", "x")
	big := p.SendFile("document", "b.bin", make([]byte, 20<<20+1), "", "x")
	edge := p.SendFile("document", "c.bin", make([]byte, 20<<20), "", "")
	if small.Album == "" || small.Album != big.Album || edge.Album != "" {
		t.Errorf("albums %q %q %q", small.Album, big.Album, edge.Album)
	}
	f, err := b.GetFile(ctx, &bot.GetFileParams{FileID: small.Media.FileID})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(b.FileDownloadLink(f))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(got, body) {
		t.Errorf("downloaded %d bytes, %v", len(got), err)
	}
	if _, err := b.GetFile(ctx, &bot.GetFileParams{FileID: edge.Media.FileID}); err != nil {
		t.Errorf("20 MB: %v", err)
	}
	if a := call(t, base, "getFile", obj{"file_id": big.Media.FileID}); a.Description != "Bad Request: file is too big" {
		t.Errorf("20 MB + 1: %+v", a)
	}
}

func TestForwardAndCopy(t *testing.T) {
	t.Parallel()
	srv, b, _ := newPair(t, sim.Options{})
	ctx := context.Background()
	p, q := srv.AddPhone(sim.Profile{Name: "P"}), srv.AddPhone(sim.Profile{Name: "Q"})
	q.Send("/start")
	m := p.Send("from me")
	f, err := b.ForwardMessage(ctx, &bot.ForwardMessageParams{ChatID: q.ID(), FromChatID: p.ID(), MessageID: m.ID})
	if err != nil {
		t.Fatal(err)
	}
	if f.ForwardOrigin == nil || f.ForwardOrigin.MessageOriginUser == nil || f.ForwardOrigin.MessageOriginUser.SenderUser.ID != p.ID() || q.Last().Forwarded != "P" {
		t.Errorf("forward %+v, phone sees %+v", f.ForwardOrigin, q.Last())
	}
	c, err := b.CopyMessage(ctx, &bot.CopyMessageParams{ChatID: q.ID(), FromChatID: p.ID(), MessageID: m.ID, ProtectContent: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := q.Last(); got.ID != c.ID || got.Forwarded != "" || got.Text != "from me" || !got.Protected {
		t.Errorf("copy %+v", got)
	}
	if _, err := q.Forward(c.ID, nil); err == nil {
		t.Error("a person forwarded a protected message")
	}
}
