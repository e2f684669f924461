// Package models holds the GovernanceModels of this release as manifests, made
// from the packs that towns are seeded with.
package models

import "embed"

//go:generate go run ./generate .

// Files are the manifests, one model each.
//
//go:embed *.yaml
var Files embed.FS
