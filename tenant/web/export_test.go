package web

import "strings"

// Paths lists the address of every route once.
func Paths() []string {
	seen := map[string]bool{}
	var paths []string
	for _, route := range routes() {
		_, path, _ := strings.Cut(route.pattern, " ")
		path = strings.TrimSuffix(path, "{$}")
		if !seen[path] {
			paths = append(paths, path)
		}
		seen[path] = true
	}
	return paths
}
