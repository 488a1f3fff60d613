# The version is that of go.mod's toolchain line; a test compares them.
FROM golang:1.26.8-bookworm AS build
# A font for Chinese, with TrueType outlines and the Apache licence: letters are printed with it.
RUN apt-get update -q && apt-get install -y -q --no-install-recommends fonts-droid-fallback && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /huiyin . && mkdir /blobs

# Nothing but the binary, the certificates, the font and a user without rights. It writes to two places only, a volume for the blobs
# and /tmp, which is to be a tmpfs: the root file system can be mounted read-only, and no capability is needed. The
# folder is there so that a fresh volume takes its owner from it.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf /usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf
COPY --from=build /usr/share/doc/fonts-droid-fallback/copyright /usr/share/fonts/truetype/droid/copyright
COPY --from=build /huiyin /huiyin
COPY --from=build --chown=65532:65532 /blobs /var/lib/huiyin
USER 65532:65532
EXPOSE 8080
ENV LISTEN_ADDR=:8080 HUIYIN_BLOBS=/var/lib/huiyin
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 CMD ["/huiyin", "healthcheck"]
ENTRYPOINT ["/huiyin"]
CMD ["serve"]
