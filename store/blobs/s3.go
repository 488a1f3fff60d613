//go:build s3

package blobs

// The AWS SDK takes longer to compile than all the rest, and most houses keep evidence in a folder: the driver is
// in builds with the tag s3 only. Credentials come from the usual AWS variables and files.
import _ "gocloud.dev/blob/s3blob" // registers s3://
