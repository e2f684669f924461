package tenant

import "errors"

// The errors that rules and stores return, to be told apart with [errors.Is].
// Every layer above maps them in one place: pages to a status and a sentence in
// Chinese, controllers to a condition.
var (
	// ErrNotFound says that there is no such record, or none that the actor may
	// see: the two are never told apart.
	ErrNotFound = errors.New("not found")
	// ErrNotSignedIn says that nobody is signed in.
	ErrNotSignedIn = errors.New("not signed in")
	// ErrForbidden says that the actor's posts do not allow this.
	ErrForbidden = errors.New("not allowed")
	// ErrConflict says that a rule forbids the change in the present state.
	ErrConflict = errors.New("not allowed now")
	// ErrInvalid says that what was entered can't be accepted as it is.
	ErrInvalid = errors.New("invalid")
	// ErrTooSoon says that the next try is only heard later.
	ErrTooSoon = errors.New("too soon")
	// ErrUnavailable says that the town's database can't be reached now.
	ErrUnavailable = errors.New("unavailable")
	// ErrUpgrading says that the town's database is not at this program's schema.
	ErrUpgrading = errors.New("upgrading")
)
