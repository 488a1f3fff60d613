//go:build kms

package seal

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVault wraps by a stand-in for Vault's transit engine. Not parallel: Vault's own client reads
// the environment.
func TestVault(t *testing.T) {
	const prefix = "vault:v1:"
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in map[string]string
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Header.Get("X-Vault-Token") != "token" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		out := map[string]string{}
		switch r.URL.Path {
		case "/v1/transit/encrypt/huiyin":
			out["ciphertext"] = prefix + in["plaintext"]
		case "/v1/transit/decrypt/huiyin":
			out["plaintext"] = strings.TrimPrefix(in["ciphertext"], prefix)
		default:
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"data": out}) // the client sees what is missing
	}))
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VAULT_CACERT", ca)
	t.Setenv("VAULT_TOKEN", "token")
	t.Setenv("VAULT_ADDR", "https://another.invalid")

	k := generate(t)
	path := filepath.Join(t.TempDir(), "keyset.json")
	host := strings.TrimPrefix(server.URL, "https://")
	if err := k.WriteWrapped(path, "hcvault://"+host+"/transit/keys/huiyin"); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), base64.StdEncoding.EncodeToString(k.s().names[:])) {
		t.Error("a key stands in the open")
	}
	back, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if back.Fingerprint() != k.Fingerprint() {
		t.Error("another keyset came back")
	}
	if _, err := k.marshalWrapped("hcvault://" + host + "/transit/keys/other"); err == nil || !strings.Contains(err.Error(), "key service does not") {
		t.Errorf("a key that is not there: %v", err)
	}
}

func TestRegisterRefuses(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"other-kms://x":        "not known",
		"aws-kms://no-arn":     "cannot be made",
		"hcvault:///transit/x": "cannot be made",
	} {
		if err := registerKMS(uri); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want it to say %q", uri, err, want)
		}
	}
}
