package provision

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/daliu-governance/daliu/tenant"
)

//go:embed seed.sql
var seedSQL string

//go:embed seed_check.sql
var seedCheckSQL string

// A Seed is what is put into a town before anybody works in it.
type Seed struct {
	Charter tenant.Charter
	Model   string
	// ModelSpec is the model's content as JSON.
	ModelSpec []byte
	// SigningKey is the town's key, of credential.KeySize bytes. The first one
	// stays.
	SigningKey []byte
	// DirectorHash is the argon2id hash of the director's one-time password. It is
	// used only while the town has no account.
	DirectorHash string
}

// Digest identifies the seed. Keys and passwords are no part of it: they are
// used once.
func (s Seed) Digest() string { return s.Charter.Digest(s.Model) }

// EnsureSeed writes a seed into a town in one transaction, together with its
// digest in the mark: run again, it changes nothing. A changed charter adds and
// renumbers; it never takes away.
//
// It returns [ErrGridShrinks] or [ErrModelChanged], having changed nothing, when
// the seed would take away a village, group, post or body, or change the model.
func (s *Server) EnsureSeed(ctx context.Context, mark Mark, seed Seed) (Mark, error) {
	digest, code := seed.Digest(), seed.Charter.Code
	if mark.Seed == digest {
		return mark, nil
	}
	if mark.Model != "" && mark.Model != seed.Model {
		return mark, fmt.Errorf("town %s was seeded from %s, not %s: %w", code, mark.Model, seed.Model, ErrModelChanged)
	}
	charter, err := json.Marshal(seed.Charter)
	if err != nil {
		return mark, fmt.Errorf("encode charter of town %s: %w", code, err)
	}
	mark.Seed, mark.Model = digest, seed.Model
	err = s.asMigrator(ctx, code, func(ctx context.Context, config *pgx.ConnConfig) error {
		return s.inTown(ctx, config, func(tx pgx.Tx) error {
			if err := checkSeed(ctx, tx, charter); err != nil {
				return err
			}
			if err := writeSeed(ctx, tx, mark.UID, charter, seed); err != nil {
				return err
			}
			return setMark(ctx, tx, code, mark)
		})
	})
	if err != nil {
		return mark, fmt.Errorf("seed town %s: %w", code, classify(err))
	}
	return mark, nil
}

// SetSigningKey replaces the key that a town accepts signatures of.
func (s *Server) SetSigningKey(ctx context.Context, code tenant.Code, key []byte) error {
	err := s.asMigrator(ctx, code, func(ctx context.Context, config *pgx.ConnConfig) error {
		return s.inTown(ctx, config, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "update guard_key set key = $1", key)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("set signing key of town %s: %w", code, classify(err))
	}
	return nil
}

// checkSeed lists what the town has and the charter has not.
func checkSeed(ctx context.Context, tx pgx.Tx, charter []byte) error {
	rows, err := tx.Query(ctx, seedCheckSQL, charter)
	if err != nil {
		return err
	}
	lost, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	if len(lost) > 0 {
		return fmt.Errorf("%s: %w", strings.Join(lost, ", "), ErrGridShrinks)
	}
	return nil
}

// writeSeed runs the statements of seed.sql in order. They share their
// parameters through a temporary setting, so that each is a plain statement.
func writeSeed(ctx context.Context, tx pgx.Tx, uid string, charter []byte, seed Seed) error {
	_, err := tx.Exec(ctx, `select set_config('daliu.charter', $1, true), set_config('daliu.uid', $2, true),
		set_config('daliu.model', $3, true), set_config('daliu.model_spec', $4, true), set_config('daliu.director_hash', $5, true)`,
		string(charter), uid, seed.Model, string(seed.ModelSpec), seed.DirectorHash)
	if err != nil {
		return err
	}
	// The simple protocol takes many statements at once: one round trip.
	if _, err := tx.Conn().PgConn().Exec(ctx, seedSQL).ReadAll(); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "insert into guard_key (key) values ($1) on conflict do nothing", seed.SigningKey)
	return err
}
