package credential

import "testing"

func FuzzParse(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5")
	f.Add("$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, hash string) {
		p, err := parse(hash)
		if err != nil {
			return
		}
		if p.memory > mostMemory || p.passes < 1 || p.passes > mostPasses || p.lanes < 1 || len(p.key) < 16 {
			t.Errorf("parse(%q) = %+v, beyond the bounds", hash, p)
		}
	})
}
