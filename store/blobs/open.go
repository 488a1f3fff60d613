package blobs

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
)

// Open gives the store at address: a path or file:///path (the folder is made, for this user alone), or a URL of a
// service whose driver this build has: s3://bucket?region=…&prefix=… with the build tag s3. It is checked that the
// store answers and can be written to. Errors are sentences for whoever runs the bot and hold nothing of a URL,
// which may carry secrets.
func Open(ctx context.Context, address string) (*Store, error) {
	dir, isFolder, err := folderOf(address)
	if err != nil {
		return nil, err
	}
	if isFolder {
		f, err := openFolder(dir)
		if err != nil {
			return nil, err
		}
		b, err := fileblob.OpenBucket(f.path, &fileblob.Options{
			DirFileMode: 0o700, NoTempDir: true, Metadata: fileblob.MetadataDontWrite,
		})
		if err != nil {
			return nil, fmt.Errorf("the folder for blobs cannot be opened: %w", err)
		}
		return newStore(b, f), nil
	}
	scheme, _, _ := strings.Cut(address, "://")
	if !blob.DefaultURLMux().ValidBucketScheme(scheme) {
		return nil, fmt.Errorf("this build has no driver for blob stores of kind %q: use a folder, or build with -tags s3", scheme)
	}
	b, err := blob.OpenBucket(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("the URL of the blob store has a setting that %s does not take", scheme) // the cause quotes the URL
	}
	ok, err := b.IsAccessible(ctx)
	if err != nil || !ok {
		if err == nil {
			err = errors.New("no such bucket, or no right to it")
		}
		_ = b.Close() // nothing was written
		return nil, fmt.Errorf("the blob store does not answer: %w", away("open", err))
	}
	return newStore(b, nil), nil
}

// folderOf tells a folder from a service. "C:\x" is a folder: a scheme has more than one letter.
func folderOf(address string) (dir string, ok bool, err error) {
	if address == "" {
		return "", false, errors.New("no blob store is set: name a folder")
	}
	scheme, _, found := strings.Cut(address, "://")
	if !found || len(scheme) < 2 {
		return address, true, nil
	}
	if scheme != "file" {
		return "", false, nil
	}
	u, err := url.Parse(address)
	if err != nil || (u.Host != "" && u.Host != "localhost") || u.RawQuery != "" || u.Path == "" {
		return "", false, errors.New("the URL of the folder for blobs is not of the form file:///path")
	}
	return filepath.FromSlash(u.Path), true, nil
}
