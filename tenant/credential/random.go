package credential

import (
	"encoding/base64"
	"fmt"
	"io"
)

// KeySize is the length of a town's signing key, in bytes.
const KeySize = 32

// Random makes a password for a machine: 32 random bytes as URL-safe base64.
func Random(random io.Reader) (string, error) {
	key, err := Key(random)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(key), nil
}

// Key makes a key of [KeySize] random bytes.
func Key(random io.Reader) ([]byte, error) {
	key := make([]byte, KeySize)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("read random bytes: %w", err)
	}
	return key, nil
}
