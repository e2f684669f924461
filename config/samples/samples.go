// Package samples holds a district as its IT would apply it: Liangzhou with
// its 37 towns. Only Daliu's figures are real; those of the other towns are
// made up, and each of them says so.
package samples

import "embed"

//go:generate go run ./generate liangzhou

// Liangzhou are the manifests of the district and its towns, in the folder
// liangzhou.
//
//go:embed liangzhou/*.yaml
var Liangzhou embed.FS

// Server is the manifest of a PostgreSQL server to place them on.
//
//go:embed server.yaml
var Server embed.FS
