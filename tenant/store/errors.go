package store

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/daliu-governance/daliu/tenant"
)

// translate turns what PostgreSQL and pgx say into the town's own errors. What
// remains says the code, the constraint and nothing of the row: a server's
// message may quote what somebody typed.
func translate(err error) error {
	var refused *pgconn.PgError
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.As(err, &refused):
		switch refused.Code {
		case "DL403": // our own functions say this
			return tenant.ErrForbidden
		case "DL409", "23505": // and a unique index: somebody else was first
			return tenant.ErrConflict
		}
		if gone(refused.Code) {
			return fmt.Errorf("database says %s: %w", refused.Code, tenant.ErrUnavailable)
		}
		return fmt.Errorf("database says %s %s", refused.Code, refused.ConstraintName)
	case errors.As(err, &connect), errors.As(err, &network), errors.Is(err, context.DeadlineExceeded), pgconn.SafeToRetry(err):
		return fmt.Errorf("no connection: %w", tenant.ErrUnavailable) // the text of connect names the role and host
	case errors.Is(err, pgx.ErrNoRows):
		return tenant.ErrNotFound
	}
	return err
}

// gone says whether an SQLSTATE means that the town can't be reached now,
// rather than that a statement was wrong.
func gone(code string) bool {
	switch code[:2] {
	case "08", "28", "53", "57", "58": // connection, password, resources, shutdown or cancel, system
		return true
	}
	return code == "3D000" // no such database
}
