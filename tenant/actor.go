package tenant

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// ErrMustChange says that the actor has to set an own password before anything
// else.
var ErrMustChange = errors.New("password must be changed")

// An Actor is who is signed in, and stands behind every change.
type Actor struct {
	AccountID  int
	PersonID   int
	Login      string
	Name       string
	MustChange bool       // signed in with a password that somebody else knows
	Posts      []PostKind // the kinds of the posts held today
}

// A Permission is one thing that a post may allow.
type Permission string

// The permissions. OwnAccount is the only one that an actor has who must change
// the password first.
const (
	OwnAccount  Permission = "own_account" // see and change what concerns only oneself
	ReadHome    Permission = "read_home"
	ReadGrid    Permission = "read_grid"
	ReadStaff   Permission = "read_staff"   // who holds and held which post, and who answers for what
	WriteStaff  Permission = "write_staff"  // begin and end posts, and change names
	ExportStaff Permission = "export_staff" // take the roster away as a sheet
	ReadPhone   Permission = "read_phone"   // see a number, with a reason that is kept

	KeepAccounts Permission = "keep_accounts" // open, reset and disable accounts of others
)

// Allow returns nil when the actor's posts give the permission. It returns
// [ErrForbidden] otherwise, and [ErrMustChange] for all but [OwnAccount] until
// the password is the actor's own.
func (a Actor) Allow(p Permission) error {
	switch {
	case !Can(a.Posts, p):
		return ErrForbidden
	case a.MustChange && p != OwnAccount:
		return ErrMustChange
	}
	return nil
}

// Can says whether one of the posts gives the permission. What no line names is
// not allowed.
func Can(posts []PostKind, p Permission) bool {
	return slices.ContainsFunc(posts, func(kind PostKind) bool { return slices.Contains(kind.Grants(), p) })
}

// Grants is one row of the table of roles and permissions: what a post of this
// kind allows on the part of the grid that it stands on. The administrator keeps
// people and accounts and will read no case.
func (k PostKind) Grants() []Permission {
	switch k {
	case PartySecretary, Mayor:
		return []Permission{OwnAccount, ReadHome, ReadGrid, ReadStaff, ReadPhone}
	case CentreDirector:
		return []Permission{OwnAccount, ReadHome, ReadGrid, ReadStaff, WriteStaff, ExportStaff, ReadPhone, KeepAccounts}
	case TownAdministrator:
		return []Permission{OwnAccount, ReadHome, ReadGrid, ReadStaff, WriteStaff, KeepAccounts}
	case GridLeader:
		return []Permission{OwnAccount, ReadHome, ReadGrid, ReadStaff, ReadPhone}
	case VillageSponsor, GroupSponsor, InformationOfficer:
		return []Permission{OwnAccount, ReadHome, ReadGrid, ReadStaff}
	case Mediator, Volunteer, HouseholdHead, ConsultationMember, HouseholdSponsor:
		return []Permission{OwnAccount, ReadHome}
	}
	return nil
}

func holds(posts []PostKind, anyOf ...PostKind) bool {
	return slices.ContainsFunc(posts, func(p PostKind) bool { return slices.Contains(anyOf, p) })
}

// The waits after wrong passwords: the first tries are free, then each waits
// twice as long as the one before, up to a quarter of an hour.
const (
	freeTries   = 3
	longestWait = 15 * time.Minute
)

// Wait is how long the next try is not heard after so many wrong passwords in a
// row. It never grows beyond a quarter of an hour: an account is slowed down,
// not locked.
func Wait(failures int) time.Duration {
	if failures < freeTries {
		return 0
	}
	wait := 2 * time.Second
	for range failures - freeTries {
		if wait *= 2; wait >= longestWait {
			return longestWait
		}
	}
	return wait
}

// Waits lists [Wait] after one, two, … wrong passwords, up to the longest.
func Waits() []time.Duration {
	var waits []time.Duration
	for n := 1; ; n++ {
		waits = append(waits, Wait(n))
		if waits[n-1] == longestWait {
			return waits
		}
	}
}

// The bounds of a password's length. There is no rule about its characters: a
// long sentence is better than a short riddle.
const (
	MinPassword = 10
	MaxPassword = 128
)

// A PasswordFault says why a new password can't be taken; empty means it can.
type PasswordFault string

// The faults of a new password.
const (
	PasswordShort   PasswordFault = "short"
	PasswordLong    PasswordFault = "long"
	PasswordSimple  PasswordFault = "simple"   // a run, a repetition or one of the first that everybody guesses
	PasswordOfLogin PasswordFault = "of_login" // holds the login name
	PasswordSame    PasswordFault = "same"     // the one that is to be replaced
)

// FaultOf checks a new password against the account's login and its password
// until now. Length counts characters, so a Chinese sentence will do.
func FaultOf(password, login, before string) PasswordFault {
	length := utf8.RuneCountInString(password)
	lower := strings.ToLower(password)
	switch {
	case length < MinPassword:
		return PasswordShort
	case length > MaxPassword:
		return PasswordLong
	case password == before:
		return PasswordSame
	case login != "" && strings.Contains(lower, strings.ToLower(login)):
		return PasswordOfLogin
	case guessable(lower):
		return PasswordSimple
	}
	return ""
}

// guessable says whether a password has too little in it: few different
// characters, or nothing but steps along the digits, the alphabet or a row of
// keys, forwards or backwards.
func guessable(lower string) bool {
	different := make(map[rune]bool)
	for _, r := range lower {
		different[r] = true
	}
	if len(different) < 5 {
		return true
	}
	for _, common := range []string{"password", "qwertyuiop", "iloveyou", "woaini", "admin", "daliu"} {
		lower = strings.ReplaceAll(lower, common, "")
	}
	runs := "01234567890123456789 abcdefghijklmnopqrstuvwxyz qwertyuiop asdfghjkl zxcvbnm 1qaz2wsx3edc4rfv5tgb"
	steps := 0
	runes := []rune(lower)
	for i := 1; i < len(runes); i++ {
		if strings.Contains(runs, string(runes[i-1:i+1])) || strings.Contains(runs, string([]rune{runes[i], runes[i-1]})) {
			steps++
		}
	}
	return len(runes)-steps < 5
}
