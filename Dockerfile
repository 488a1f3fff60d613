# The version is that of go.mod's toolchain line; a test compares them.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /huiyin .

# Nothing but the binary, the certificates and a user without rights: it writes no file, so the root
# file system can be mounted read-only, and it needs no capability.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /huiyin /huiyin
USER 65532:65532
EXPOSE 8080
ENV LISTEN_ADDR=:8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 CMD ["/huiyin", "healthcheck"]
ENTRYPOINT ["/huiyin"]
CMD ["serve"]
