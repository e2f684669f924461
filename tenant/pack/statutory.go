package pack

import (
	"fmt"
	"slices"
)

// windows are the clocks within which somebody may act, or that run a set
// time: shortening them takes a right away as lengthening them promises one.
var windows = []string{"petition_review_request", "petition_second_review_request", "confirmation_window", "committee_term"}

// periods from the most to the least often.
var periods = []Period{Weekly, Monthly, Quarterly, HalfYearly, Yearly}

// statutory compares a model with what laws set for every town. The model
// blank holds exactly that: every model has its entries and may not loosen them.
func (c *check) statutory(m, law Model) {
	for _, set := range law.Clocks {
		if clock, ok := c.entry("clocks", set.Key, set.Source, slices.IndexFunc(m.Clocks, func(k Clock) bool { return k.Key == set.Key })); ok {
			c.statutoryClock(m.Clocks[clock], set)
		}
	}
	for _, set := range law.Limits {
		i, ok := c.entry("limits", set.Key, set.Source, slices.IndexFunc(m.Limits, func(l Limit) bool { return l.Key == set.Key }))
		if !ok {
			continue
		}
		value, least := m.Limits[i].Value, set.Key == "committee_members_min"
		if least && value < set.Value || !least && value > set.Value {
			c.add("limits["+set.Key+"].value", "is %d, %s sets %d: set %d", value, set.Source, set.Value, set.Value)
		}
	}
	for _, set := range law.Quorums {
		if i, ok := c.entry("quorums", set.Key, set.Source, slices.IndexFunc(m.Quorums, func(q Quorum) bool { return q.Key == set.Key })); ok {
			c.statutoryQuorum(m.Quorums[i], set)
		}
	}
	for _, set := range law.Duties {
		i, ok := c.entry("duties", set.Key, set.Source, slices.IndexFunc(m.Duties, func(d Duty) bool { return d.Key == set.Key }))
		if ok && slices.Index(periods, m.Duties[i].Period) > slices.Index(periods, set.Period) {
			c.add("duties["+set.Key+"].period", "is %s, %s wants it every %s: set %s", m.Duties[i].Period, set.Source, set.Period, set.Period)
		}
	}
}

func (c *check) entry(list, key string, source Source, i int) (int, bool) {
	if i < 0 {
		c.add(list, "has no entry %s, which %s sets for every town: copy it from the model blank", key, source)
	}
	return i, i >= 0
}

func (c *check) statutoryClock(clock, set Clock) {
	at := "clocks[" + set.Key + "]"
	if clock.Basis != set.Basis || clock.unit() != set.unit() {
		c.add(at+".basis", "counts %s %ss, %s counts %s %ss: count those", clock.Basis, clock.unit(), set.Source, set.Basis, set.unit())
	}
	longer, shorter := clock.Length > set.Length, clock.Length < set.Length
	if slices.Contains(windows, set.Key) && clock.Length != set.Length ||
		set.Bound == AtLeast && shorter || set.Bound != AtLeast && longer {
		c.add(at+".length", "is %d, %s sets %d: set %d", clock.Length, set.Source, set.Length, set.Length)
	}
	allowed := 0
	if set.Extension != nil {
		allowed = set.Extension.Length
	}
	if clock.Extension != nil && clock.Extension.Length > allowed {
		c.add(at+".extension.length", "is %d, %s allows %d: shorten or remove the extension", clock.Extension.Length, set.Source, allowed)
	}
	if clock.Bound != set.Bound {
		c.add(at+".bound", "is %q, that of %s is %q: write it so", clock.Bound, set.Source, set.Bound)
	}
}

func (c *check) statutoryQuorum(quorum, set Quorum) {
	at := "quorums[" + set.Key + "]"
	if quorum.Present.less(set.Present) {
		c.add(at+".present", "asks for fewer than %s: set %s", set.Source, set.Present)
	}
	if quorum.InFavour.less(set.InFavour) {
		c.add(at+".inFavour", "asks for fewer than %s: set %s", set.Source, set.InFavour)
	}
	if quorum.OrOf == "" {
		return
	}
	if set.OrOf == "" {
		c.add(at+".orOf", "is a way to a quorum that %s does not know: remove orOf and orPresent", set.Source)
	} else if quorum.OrPresent.less(set.OrPresent) {
		c.add(at+".orPresent", "asks for fewer than %s: set %s", set.Source, set.OrPresent)
	}
}

func (k Clock) unit() Unit {
	if k.Unit == "" {
		return Day
	}
	return k.Unit
}

// less says whether s asks for fewer than t.
func (s Share) less(t Share) bool {
	a, b := s.Numerator*t.Denominator, t.Numerator*s.Denominator
	return a < b || a == b && t.MoreThan && !s.MoreThan
}

// String is the share in words, such as "more than 1/2".
func (s Share) String() string {
	if s.MoreThan {
		return fmt.Sprintf("more than %d/%d", s.Numerator, s.Denominator)
	}
	return fmt.Sprintf("at least %d/%d", s.Numerator, s.Denominator)
}

// String cites the source, such as "人民调解法 art. 33".
func (s Source) String() string {
	if s.Article == "" {
		return s.Document
	}
	return s.Document + " art. " + s.Article
}
