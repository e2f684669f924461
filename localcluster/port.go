package localcluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// The range that ports are taken from lies below the one that the kernel gives
// to outgoing connections, so that none of those takes a port between the check
// here and the server's own start, or while a server is down.
const (
	lowestPort  = 20000
	highestPort = 32000
)

// freePort finds a port of the loopback address that nobody listens on.
func freePort(ctx context.Context) (int, error) {
	var err error
	for range 50 {
		port := lowestPort + rand.IntN(highestPort-lowestPort) //nolint:gosec // a free port, not a secret
		var listener net.Listener
		if listener, err = new(net.ListenConfig).Listen(ctx, "tcp4", net.JoinHostPort(loopback, strconv.Itoa(port))); err == nil {
			return port, listener.Close()
		}
	}
	return 0, fmt.Errorf("find a free port: %w", err)
}

// loopback is the only address that anything here listens on.
const loopback = "127.0.0.1"
