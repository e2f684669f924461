// Package postgres holds what is run on a PostgreSQL server before towns are
// placed on it.
package postgres

import _ "embed"

// Bootstrap is bootstrap.sql: the script that a database administrator gives to
// psql, as a superuser, once per server.
//
//go:embed bootstrap.sql
var Bootstrap string
