// Package credential makes and checks what people and machines prove themselves
// with: passwords, keys, and what PostgreSQL keeps of a login's password.
package credential

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// The cost of a new hash: 19 MiB, two passes, one lane, the least that OWASP
// recommends and 28 ms on our reference machine.
const (
	memory  = 19 * 1024 // KiB
	passes  = 2
	lanes   = 1
	saltLen = 16
	keyLen  = 32
)

// The bounds of what a stored hash may ask for, so that a damaged one can't
// take all memory.
const (
	mostMemory = 256 * 1024 // KiB
	mostPasses = 16
)

// HashPassword hashes a person's password with argon2id and a random salt, in
// the PHC form that carries its own parameters.
func HashPassword(password string, random io.Reader) (string, error) {
	salt := make([]byte, saltLen)
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", fmt.Errorf("read random salt: %w", err)
	}
	return encode(argon2.IDKey([]byte(password), salt, passes, memory, lanes, keyLen), salt), nil
}

func encode(key, salt []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// VerifyPassword says whether a password is the one that was hashed. The time
// it takes tells nothing about how much of it is right. It returns an error
// when the hash is none of ours.
func VerifyPassword(hash, password string) (bool, error) {
	p, err := parse(hash)
	if err != nil {
		return false, err
	}
	key := argon2.IDKey([]byte(password), p.salt, p.passes, p.memory, p.lanes, uint32(len(p.key))) //nolint:gosec // parse bounds it to 64
	return subtle.ConstantTimeCompare(key, p.key) == 1, nil
}

type parameters struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

var errHash = errors.New("not an argon2id hash of ours")

func parse(hash string) (parameters, error) {
	var p parameters
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, errHash
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes); err != nil || n != 3 {
		return p, errHash
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return p, errHash
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return p, errHash
	}
	if p.memory > mostMemory || p.passes < 1 || p.passes > mostPasses || p.lanes < 1 || len(p.salt) < 8 || len(p.key) < 16 || len(p.key) > 64 {
		return p, errHash
	}
	return p, nil
}

// A Hasher does the work of [HashPassword] and [VerifyPassword] for all towns of
// a process, no more of it at once than the machine bears: 64 sign-ins side by
// side would take 1.2 GB.
type Hasher struct {
	slots  chan struct{}
	random io.Reader
}

// NewHasher returns a Hasher that does twice as many at once as there are
// processors, with its salts from random.
func NewHasher(random io.Reader) *Hasher {
	return &Hasher{slots: make(chan struct{}, 2*runtime.GOMAXPROCS(0)), random: random}
}

// longestQueue is how long a sign-in waits for its turn. Whoever floods the door
// makes others wait no longer than that before they are told to come back.
const longestQueue = 10 * time.Second

// Hash is [HashPassword]. It waits for its turn until ctx ends, ten seconds at
// most.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	return HashPassword(password, h.random)
}

// Verify is [VerifyPassword]. Without a hash it does the same work for nothing
// and says false, so that a login nobody has takes as long as a wrong password.
// It waits for its turn until ctx ends, ten seconds at most.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	if hash == "" {
		argon2.IDKey([]byte(password), make([]byte, saltLen), passes, memory, lanes, keyLen)
		return false, nil
	}
	return VerifyPassword(hash, password)
}

func (h *Hasher) enter(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, longestQueue)
	defer cancel()
	// A select takes any case that is ready: who gave up before his turn must
	// not be served for all that.
	if ctx.Err() != nil {
		return fmt.Errorf("wait to check a password: %w", ctx.Err())
	}
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to check a password: %w", ctx.Err())
	}
}

func (h *Hasher) leave() { <-h.slots }

// readable is the alphabet of one-time passwords, without the letters and
// digits that are taken for each other on paper.
const readable = "abcdefghjkmnpqrstuvwxyz23456789"

// OneTimePassword makes a password to be handed over on paper and replaced at
// the first sign-in: four groups of four, 79 random bits.
func OneTimePassword(random io.Reader) (string, error) {
	var b strings.Builder
	for made := 0; made < 16; {
		var raw [1]byte
		if _, err := io.ReadFull(random, raw[:]); err != nil {
			return "", fmt.Errorf("read random bytes: %w", err)
		}
		if int(raw[0]) >= 256/len(readable)*len(readable) {
			continue // the rest would make some letters likelier than others
		}
		if made > 0 && made%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(readable[int(raw[0])%len(readable)])
		made++
	}
	return b.String(), nil
}
