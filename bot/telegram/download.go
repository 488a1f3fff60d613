package telegram

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

const (
	// DownloadLimit is the largest file a bot may download, in bytes.
	DownloadLimit = 20 << 20
	// downloadMethod names fetching a file in errors and metrics.
	downloadMethod = "download"
	downloadTime   = 5 * time.Minute
)

// Download opens a file for reading; the caller closes it. The size is in
// bytes, -1 when it is not known. A file over DownloadLimit is FileTooBig, at
// once or, when its size was not told, while reading. Reading ends after five minutes.
func (c *Client) Download(ctx context.Context, fileID string) (io.ReadCloser, int64, error) {
	began := time.Now()
	var f models.File
	if err := c.post(ctx, "getFile", nil, &bot.GetFileParams{FileID: fileID}, &f); err != nil {
		return nil, 0, err
	}
	if f.FileSize > DownloadLimit {
		return nil, 0, &Error{Method: downloadMethod, Class: FileTooBig}
	}
	if f.FilePath == "" {
		return nil, 0, &Error{Method: downloadMethod, Class: Rejected, Reason: "no path to the file"}
	}
	address := c.files + (&url.URL{Path: f.FilePath}).EscapedPath()
	ctx, cancel := context.WithTimeout(ctx, downloadTime)
	var resp *http.Response
	var err *Error
	for try := 1; try <= maxTries; try++ {
		resp, err = c.open(ctx, address)
		if err == nil || !retriable(downloadMethod, err) || sleep(ctx, time.Duration(try)*200*time.Millisecond) != nil {
			break
		}
	}
	if err != nil {
		cancel()
		c.seam.metrics.call(downloadMethod, string(err.Class), time.Since(began))
		return nil, 0, err
	}
	size := resp.ContentLength
	if size < 0 && f.FileSize > 0 {
		size = f.FileSize
	}
	if size > DownloadLimit {
		_ = resp.Body.Close()
		cancel()
		return nil, 0, &Error{Method: downloadMethod, Class: FileTooBig}
	}
	c.seam.metrics.call(downloadMethod, "ok", time.Since(began))
	return &file{body: resp.Body, cancel: cancel, left: DownloadLimit}, size, nil
}

// open asks for the file once.
func (c *Client) open(ctx context.Context, address string) (*http.Response, *Error) {
	resp, _, err := c.seam.exchange(ctx, &call{method: downloadMethod, url: address})
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	_ = resp.Body.Close()
	if resp.StatusCode < 400 {
		return nil, &Error{Method: downloadMethod, Code: resp.StatusCode, Class: Unknown, Reason: "answer not readable"}
	}
	return nil, refusal(downloadMethod, resp.StatusCode, answer{})
}

// file is a body whose errors say nothing and whose size is bounded.
type file struct {
	body   io.ReadCloser
	cancel context.CancelFunc
	left   int64
}

func (f *file) Read(p []byte) (int, error) {
	if int64(len(p)) > f.left+1 {
		p = p[:f.left+1]
	}
	n, err := f.body.Read(p)
	if int64(n) > f.left {
		return int(f.left), &Error{Method: downloadMethod, Class: FileTooBig}
	}
	f.left -= int64(n)
	if err != nil && err != io.EOF {
		err = &Error{Method: downloadMethod, Class: Unknown, Reason: reasonOf(err), cause: contextCause(err)}
	}
	return n, err
}

func (f *file) Close() error {
	defer f.cancel()
	if err := f.body.Close(); err != nil {
		return &Error{Method: downloadMethod, Class: Unknown, Reason: reasonOf(err)}
	}
	return nil
}
