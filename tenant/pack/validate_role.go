package pack

import (
	"fmt"
	"slices"
)

func (c *check) roles() {
	keys := keysOf(c.model.Roles, func(r Role) string { return r.Key })
	paths := c.keys("roles", keys)
	for i, r := range c.model.Roles {
		c.label(paths[i]+".label", r.Label)
		oneOf(c, paths[i]+".standsOn", r.StandsOn, false, InTown, InArea, InSecondLevel, InVillage, InGroup, InUnit,
			InCommittee, InConsultationBody, InNothing)
		oneOf(c, paths[i]+".reveal", r.Reveal, true, RevealOwn, RevealAssigned, RevealInHand, RevealReason, RevealSealed)
		for j, g := range r.Grants {
			at := fmt.Sprintf("%s.grants[%d]", paths[i], j)
			c.grant(at, g)
			if same := slices.IndexFunc(r.Grants, func(o Grant) bool { return o.Subject == g.Subject && o.Reach == g.Reach }); same < j {
				c.add(at, "%s within %s is already granted by entry %d: join them", g.Subject, g.Reach, same)
			}
		}
		c.confine(paths[i], r)
	}
	for _, post := range posts {
		if !slices.Contains(keys, string(post)) {
			c.add("roles", "has no entry %s, a post that a manifest can ask for: copy it from the model blank", post)
		}
	}
}

func (c *check) grant(path string, g Grant) {
	c.subject(path+".subject", g.Subject)
	oneOf(c, path+".reach", g.Reach, false, Own, ByCode, Body, OfUnit, Joint, Subtree, OfArea, WholeTown, Public, SealedBox, Numbers)
	if len(g.Actions) == 0 {
		c.add(path+".actions", "is empty: name an action, or remove the grant")
	}
	for i, a := range g.Actions {
		oneOf(c, path+".actions", a, false, Create, Read, Update, Decide, Export, Vote, Rate)
		if slices.Index(g.Actions, a) < i {
			c.add(path+".actions", "%s is there twice: remove one", a)
		}
	}
	for _, d := range g.Without {
		oneOf(c, path+".without", d, false, Parties)
	}
	if g.Reach == Numbers && !slices.Equal(g.Actions, []Action{Read}) {
		c.add(path+".actions", "are on Numbers, which can only be read: set Read, or another reach")
	}
}

// confine holds what no model may grant: the district sees numbers only, who
// administers a town reads no case, and who has no post reaches what was
// published or what a code opens.
func (c *check) confine(path string, r Role) {
	for i, g := range r.Grants {
		at := fmt.Sprintf("%s.grants[%d]", path, i)
		switch {
		case r.Key == "district_observer" && g.Reach != Numbers:
			c.add(at+".reach", "is %s, but the district sees numbers only: set Numbers", g.Reach)
		case r.Key == "town_administrator" && g.Subject != Staff:
			c.add(at+".subject", "is %s, but who administers a town reads no case: remove the grant", g.Subject)
		case r.StandsOn == InNothing && !slices.Contains([]Reach{ByCode, Public, Numbers}, g.Reach):
			c.add(at+".reach", "is %s, but the role has no post: set ByCode, Public or Numbers", g.Reach)
		case g.Reach == SealedBox && g.Subject != Matter:
			c.add(at+".reach", "is Sealed, and only a Matter is sealed: set another reach")
		}
	}
	if r.Reveal != "" && (r.StandsOn == InNothing || r.Key == "town_administrator") {
		c.add(path+".reveal", "is %s, but this role uncovers nobody's personal fields: remove it", r.Reveal)
	}
}
