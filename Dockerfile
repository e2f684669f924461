# syntax=docker/dockerfile:1
# The operator, the towns' web application and the board are one static program.
# Builds for any platform on any: docker buildx build --platform linux/amd64,linux/arm64 .
# Without a container engine, `make image` builds the same; a test compares what
# they say.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w" -o /daliu ./cmd/daliu

FROM scratch
# The roots that certificates of PostgreSQL or an identity provider may be signed
# by, and the time zones, of which scratch has none.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /zoneinfo.zip
ENV ZONEINFO=/zoneinfo.zip
COPY --from=build /daliu /daliu
USER 65532:65532
ENTRYPOINT ["/daliu"]
