package store

import "encoding/base64"

// DecodeToken is a token as the database takes it.
func DecodeToken(token string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(token) }
