package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestFor says for each role which operations work. Every one that does not answers ErrNotHeld.
func TestFor(t *testing.T) {
	t.Parallel()
	whole := generate(t)
	session, err := whole.SealSession([]byte("name"), []byte("words"))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := whole.SealSecret("totp", "1", []byte("seed"))
	if err != nil {
		t.Fatal(err)
	}
	address, err := whole.SealAddress([]byte("12345"))
	if err != nil {
		t.Fatal(err)
	}
	identity, err := whole.SealIdentity("case-1", []byte("who"))
	if err != nil {
		t.Fatal(err)
	}
	wrapped, share, _ := caseKey(t, whole, "case-1")
	const id = "3f1c2a34-0000-4000-8000-0123456789ab"
	receipt := whole.NewReceipt([]byte("a secret of 16 b"))
	operations := map[string]func(k *Keyset) error{
		"seal session":  func(k *Keyset) error { _, err := k.SealSession([]byte("name"), nil); return err },
		"open session":  func(k *Keyset) error { _, err := k.OpenSession([]byte("name"), session); return err },
		"seal secret":   func(k *Keyset) error { _, err := k.SealSecret("totp", "1", nil); return err },
		"open secret":   func(k *Keyset) error { _, err := k.OpenSecret("totp", "1", secret); return err },
		"new case key":  func(k *Keyset) error { _, _, _, err := k.NewCaseKey("case-1"); return err },
		"open case key": func(k *Keyset) error { _, err := k.OpenCaseKey("case-1", wrapped, share); return err },
		"seal address":  func(k *Keyset) error { _, err := k.SealAddress(nil); return err },
		"open address":  func(k *Keyset) error { _, err := k.OpenAddress(address); return err },
		"seal identity": func(k *Keyset) error { _, err := k.SealIdentity("case-1", nil); return err },
		"open identity": func(k *Keyset) error { _, err := k.OpenIdentity("case-1", identity); return err },
		"names": func(k *Keyset) error {
			if k.Name("x") != whole.Name("x") {
				return errors.New("another name")
			}
			return nil
		},
		"news": func(k *Keyset) error {
			if got, _, ok := k.ParseNewsToken(whole.NewsToken(id, 0, "1"), "1"); !ok || got != id {
				return errors.New("the token is not read")
			}
			return nil
		},
		"receipts":   func(k *Keyset) error { return caught(func() { k.ReceiptLookup(receipt) }) },
		"key of one": func(k *Keyset) error { return caught(func() { k.ReceiptKey(receipt) }) },
		"commitment": func(k *Keyset) error { return caught(func() { k.Commitment(receipt) }) },
	}
	receipts := []string{"receipts", "key of one", "commitment"}
	cannot := map[string][]string{
		RoleAll:     nil,
		RoleIntake:  {"open address", "open identity"},
		RoleDesk:    slices.Concat([]string{"open address"}, receipts),
		RolePostman: slices.Concat([]string{"seal session", "open session", "seal secret", "open secret", "open identity"}, receipts),
	}
	if diff := len(cannot) - len(roles); diff != 0 {
		t.Fatalf("%d roles are not looked at", -diff)
	}
	for role, refused := range cannot {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			part, err := whole.For(role)
			if err != nil {
				t.Fatal(err)
			}
			stored, err := part.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			back, err := Parse(stored)
			if err != nil {
				t.Fatal(err)
			}
			for from, k := range map[string]*Keyset{"split": part, "stored": back} {
				if k.Role() != role || k.HoldsReceipts() == slices.Contains(refused, "receipts") {
					t.Errorf("%s: role %q, receipts %v", from, k.Role(), k.HoldsReceipts())
				}
				for name, operate := range operations {
					err := operate(k)
					if slices.Contains(refused, name) != errors.Is(err, ErrNotHeld) || (err != nil && !errors.Is(err, ErrNotHeld)) {
						t.Errorf("%s: %s = %v", from, name, err)
					}
				}
			}
			again, err := back.For(role)
			if err != nil || again.Role() != role {
				t.Errorf("for its own role again: %v", err)
			}
			for other := range maps.Keys(roles) {
				if _, err := back.For(other); role != RoleAll && other != role && !errors.Is(err, ErrNotHeld) {
					t.Errorf("for %s: %v, want ErrNotHeld", other, err)
				}
			}
		})
	}
	if _, err := whole.For("king"); err == nil {
		t.Error("a role that is none was given keys")
	}
}

// caught gives the error that f panics with.
func caught(f func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = v.(error)
		}
	}()
	f()
	return nil
}

// TestSplitFilesHoldNoOtherSecrets looks for the keys in the bytes of the files themselves.
func TestSplitFilesHoldNoOtherSecrets(t *testing.T) {
	t.Parallel()
	k := generate(t)
	s := k.s()
	sessions, err := handleJSON(s.sessionsHandle)
	if err != nil {
		t.Fatal(err)
	}
	_, value, _ := strings.Cut(string(sessions), `"value":`)
	value = strings.Split(value, `"`)[1]
	text := base64.StdEncoding.EncodeToString
	secrets := map[string]string{
		"sessions": value, "lookup": text(s.receiptLookup[:]), "receipt key": text(s.receiptKey[:]),
		"postman": text(s.postman.Bytes()), "custodian": text(s.custodian.Bytes()), "names": text(s.names[:]),
	}
	for role, want := range map[string][]string{
		RoleAll:     {"sessions", "names", "lookup", "receipt key", "postman", "custodian"},
		RoleIntake:  {"sessions", "names", "lookup", "receipt key"},
		RoleDesk:    {"sessions", "names", "custodian"},
		RolePostman: {"names", "postman"},
	} {
		part, err := k.For(role)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := part.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		for name, secret := range secrets {
			if got := bytes.Contains(stored, []byte(secret)); got != slices.Contains(want, name) {
				t.Errorf("the file for %s holds %s: %v", role, name, got)
			}
		}
	}
}
