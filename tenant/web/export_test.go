package web

import (
	"strings"

	"github.com/daliu-governance/daliu/tenant"
)

// Paths lists the address of every route once.
func Paths() []string {
	seen := map[string]bool{}
	var paths []string
	for _, route := range routes() {
		_, path, _ := strings.Cut(route.pattern, " ")
		path = strings.ReplaceAll(strings.TrimSuffix(path, "{$}"), "{id}", "1")
		if !seen[path] {
			paths = append(paths, path)
		}
		seen[path] = true
	}
	return paths
}

// A Route is one line of the map of pages.
type Route struct {
	Pattern string
	Need    tenant.Permission
}

// Routes lists every route with what it needs.
func Routes() []Route {
	var all []Route
	for _, route := range routes() {
		all = append(all, Route{route.pattern, route.need})
	}
	return all
}
