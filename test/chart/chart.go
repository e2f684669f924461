// Package chart tests the two ways in which Daliu is installed, the chart in
// charts and the folders of config for kustomize: what they say, and that a real
// API server takes them, upgrades them, and lets towns become Ready with the
// rights that they give.
package chart

// go generate goes through the packages in the order of their paths: what is
// copied here, config/models generates before.
//go:generate go run ../../charts/generate ../../charts/daliu/files
