// Package config holds the manifests that a cluster is installed with, for the
// demo and the tests to install the same.
package config

import "embed"

// Files are the manifests, in the folders crd, policy and rbac.
//
//go:embed crd/*.yaml policy/*.yaml rbac/*.yaml
var Files embed.FS
