//go:build kms

package seal

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/hashicorp/vault/api"
	"github.com/tink-crypto/tink-go-awskms/v3/integration/awskms"
	"github.com/tink-crypto/tink-go-gcpkms/v2/integration/gcpkms"
	"github.com/tink-crypto/tink-go-hcvault/v2/integration/hcvault"
	"github.com/tink-crypto/tink-go/v2/core/registry"
)

// registerKMS makes tink reach the key at uri, with the credentials that each service's own tools
// find: AWS's default chain, Google's application default, Vault's VAULT_TOKEN and VAULT_CACERT.
func registerKMS(uri string) error {
	scheme, _, _ := strings.Cut(uri, "://")
	var (
		client registry.KMSClient
		err    error
	)
	switch scheme {
	case "aws-kms":
		client, err = awskms.NewClientWithOptions(context.Background(), uri)
	case "gcp-kms":
		client, err = gcpkms.NewClient(context.Background(), uri)
	case "hcvault":
		client, err = vaultClient(uri)
	default:
		return errors.New("keyset: this kind of key service is not known: use aws-kms://, gcp-kms:// or hcvault://")
	}
	if err != nil {
		return fmt.Errorf("keyset: the client of the key service cannot be made: %w", err)
	}
	registry.RegisterKMSClient(client)
	return nil
}

// vaultClient reaches the Vault that uri names, always by TLS.
func vaultClient(uri string) (registry.KMSClient, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" {
		return nil, errors.New("want hcvault://host:port/transit/keys/name")
	}
	config := api.DefaultConfig()
	if config.Error != nil {
		return nil, config.Error
	}
	config.Address = "https://" + u.Host
	client, err := api.NewClient(config)
	if err != nil {
		return nil, err
	}
	return hcvault.NewClientWithAEADOptions(uri, client.Logical())
}
