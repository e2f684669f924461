package web

import "github.com/daliu-governance/daliu/tenant"

// public marks a page that shows nothing of the town but its name. No post
// gives this permission, so a public page that asks the store for more is
// refused there.
const public tenant.Permission = "public"

// A route is one address of the town: what it takes to be let in, and who
// answers.
type route struct {
	pattern string
	need    tenant.Permission
	handle  handler
}

// routes is the whole map of the town's pages.
func routes() []route {
	return []route{
		{"GET /{$}", tenant.ReadHome, (*Server).home},
		{"GET /grid", tenant.ReadGrid, (*Server).grid},
		{"GET /people", tenant.ReadStaff, (*Server).people},
		{"GET /people/import", tenant.WriteStaff, (*Server).rosterForm},
		{"POST /people/import", tenant.WriteStaff, (*Server).importRoster},
		{"GET /people/template.xlsx", tenant.WriteStaff, (*Server).rosterTemplate},
		{"GET /people/export.xlsx", tenant.ExportStaff, (*Server).exportRoster},
		{"GET /people/{id}", tenant.ReadStaff, (*Server).person},
		{"POST /people/{id}", tenant.WriteStaff, (*Server).changePerson},
		{"POST /people/{id}/phone", tenant.ReadPhone, (*Server).revealPhone},
		{"POST /people/{id}/posts", tenant.WriteStaff, (*Server).appoint},
		{"POST /people/{id}/end", tenant.WriteStaff, (*Server).endPost},
		{"POST /people/{id}/password", tenant.KeepAccounts, (*Server).issuePassword},
		{"POST /people/{id}/account", tenant.KeepAccounts, (*Server).switchAccount},
		{"GET /sponsors", tenant.ReadStaff, (*Server).sponsors},
		{"GET /sponsors/edit", tenant.WriteStaff, (*Server).sponsorsForm},
		{"POST /sponsors/edit", tenant.WriteStaff, (*Server).changeSponsors},
		{"GET /me", tenant.OwnAccount, (*Server).me},
		{"GET /me/password", tenant.OwnAccount, (*Server).passwordForm},
		{"POST /me/password", tenant.OwnAccount, (*Server).changePassword},
		{"GET /sign-in", public, (*Server).signInForm},
		{"POST /sign-in", public, (*Server).signIn},
		{"POST /sign-out", public, (*Server).signOut},
		{"POST /preferences", public, (*Server).setPreferences},
		{"GET /readyz", public, (*Server).ready},
	}
}
