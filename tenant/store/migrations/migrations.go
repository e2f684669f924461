// Package migrations holds the schema of a town's database and brings a
// database to it. It is apart from package store so that provisioning can use
// it without knowing how records are read and written.
package migrations

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed *.sql
var files embed.FS

// Schema is the PostgreSQL schema that holds a town's tables. A connection to
// a town names it as its search_path in the startup packet.
const Schema = "town"

// Latest is the version that [Up] brings a database to.
func Latest() int64 {
	var latest int64
	for _, name := range names() {
		version, err := strconv.ParseInt(name[:strings.IndexByte(name, '_')], 10, 64)
		if err == nil && version > latest {
			latest = version
		}
	}
	return latest
}

// Digest identifies the schema by the text of all migrations, as 12 hex digits.
func Digest() string {
	sum := sha256.New()
	for _, name := range names() {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(fmt.Sprintf("read embedded %s: %v", name, err)) // embedded files are always readable
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

// Up applies what is missing, under a session lock, and returns the version
// the database then has. The connection must act as the owner of the schema.
// When it fails, the migrations before the failing one stay applied.
func Up(ctx context.Context, config *pgx.ConnConfig) (int64, error) {
	db := stdlib.OpenDB(*config)
	defer db.Close()
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return 0, fmt.Errorf("lock migrations of %s: %w", config.Database, err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return 0, fmt.Errorf("migrate %s: %w", config.Database, err)
	}
	return provider.GetDBVersion(ctx)
}

func names() []string {
	found, err := fs.Glob(files, "*.sql")
	if err != nil {
		panic(fmt.Sprintf("list embedded migrations: %v", err)) // the pattern is constant
	}
	for i := range found {
		found[i] = path.Base(found[i])
	}
	return found
}
