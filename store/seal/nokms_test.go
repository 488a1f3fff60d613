//go:build !kms

package seal

import (
	"strings"
	"testing"
)

func TestThisBuildReachesNoService(t *testing.T) {
	t.Parallel()
	k := generate(t)
	for _, uri := range []string{"aws-kms://arn:aws:kms:x", "gcp-kms://projects/x", "hcvault://host/transit/keys/x"} {
		if _, err := k.marshalWrapped(uri); err == nil || !strings.Contains(err.Error(), "-tags kms") {
			t.Errorf("%s: %v, want the build that can", uri, err)
		}
	}
}
