package pack

import (
	"fmt"
	"slices"
	"time"
)

func (c *check) clocks() {
	paths := c.keys("clocks", keysOf(c.model.Clocks, func(k Clock) string { return k.Key }))
	for i, k := range c.model.Clocks {
		path := paths[i]
		c.label(path+".label", k.Label)
		c.source(path, k.Source)
		c.subject(path+".subject", k.Subject)
		c.when(path, k.When)
		oneOf(c, path+".basis", k.Basis, false, Working, Calendar)
		oneOf(c, path+".unit", k.Unit, true, Hour, Day, Month)
		oneOf(c, path+".bound", k.Bound, true, AtMost, AtLeast)
		if !keyForm.MatchString(k.From) {
			c.add(path+".from", "is %q: name the event that starts the clock, such as registered", k.From)
		}
		if k.Basis == Working && k.unit() != Day {
			c.add(path+".unit", "is %s, but only days can be working days: set Day, or basis Calendar", k.unit())
		}
		c.length(path, k)
	}
}

func (c *check) length(path string, k Clock) {
	if k.Length <= 0 {
		c.add(path+".length", "is %d: set 1 or more", k.Length)
		return
	}
	if k.NotBefore < 0 || k.NotBefore >= k.Length {
		c.add(path+".notBefore", "is %d: set less than the length, %d, or remove it", k.NotBefore, k.Length)
	}
	if k.Bound == AtLeast && (k.NotBefore != 0 || k.Extension != nil) {
		c.add(path+".bound", "is AtLeast, a time to wait: remove notBefore and extension, or set AtMost")
	}
	if e := k.Extension; e != nil {
		if e.Length <= 0 {
			c.add(path+".extension.length", "is %d: set 1 or more, or remove the extension", e.Length)
		}
		if e.Approver != "" {
			c.role(path+".extension.approver", e.Approver)
		}
	}
	for _, days := range k.Remind {
		if days <= 0 || k.unit() == Day && days >= k.Length {
			c.add(path+".remind", "is %d days before the end of %d: set 1 or more, and less than the length", days, k.Length)
		}
	}
	if k.unit() == Hour && len(k.Remind) > 0 {
		c.add(path+".remind", "counts days, the clock counts hours: remove it")
	}
}

// numbers checks hours, limits and quorums.
func (c *check) numbers() {
	paths := c.keys("hours", keysOf(c.model.Hours, func(h Hours) string { return h.Key }))
	for i, h := range c.model.Hours {
		c.label(paths[i]+".label", h.Label)
		c.source(paths[i], h.Source)
		if !clockForm.MatchString(h.From) || !clockForm.MatchString(h.To) || h.From >= h.To {
			c.add(paths[i], "is from %q to %q: write two times of one day such as 08:30 and 18:00, the later one at most 24:00", h.From, h.To)
		}
	}
	paths = c.keys("limits", keysOf(c.model.Limits, func(l Limit) string { return l.Key }))
	for i, l := range c.model.Limits {
		c.label(paths[i]+".label", l.Label)
		c.text(paths[i]+".unit", l.Unit, 10)
		c.source(paths[i], l.Source)
		if l.Value <= 0 {
			c.add(paths[i]+".value", "is %d: set 1 or more", l.Value)
		}
	}
	paths = c.keys("quorums", keysOf(c.model.Quorums, func(q Quorum) string { return q.Key }))
	for i, q := range c.model.Quorums {
		c.label(paths[i]+".label", q.Label)
		c.label(paths[i]+".of", q.Of)
		c.source(paths[i], q.Source)
		c.share(paths[i]+".present", q.Present)
		c.share(paths[i]+".inFavour", q.InFavour)
		if q.OrOf != "" || q.OrPresent != (Share{}) {
			c.label(paths[i]+".orOf", q.OrOf)
			c.share(paths[i]+".orPresent", q.OrPresent)
		}
	}
}

func (c *check) share(path string, s Share) {
	if s.Numerator <= 0 || s.Denominator <= 0 || s.Numerator > s.Denominator || s.Numerator == s.Denominator && s.MoreThan {
		c.add(path, "is %s: set a share between 0 and the whole", s)
	}
}

func (c *check) duties() {
	paths := c.keys("duties", keysOf(c.model.Duties, func(d Duty) string { return d.Key }))
	for i, d := range c.model.Duties {
		path := paths[i]
		c.label(path+".label", d.Label)
		c.source(path, d.Source)
		c.subject(path+".record", d.Record)
		c.when(path, d.When)
		oneOf(c, path+".scope", d.Scope, false, InTown, InArea, InSecondLevel, InVillage, InGroup, InUnit, InCommittee, InConsultationBody)
		if len(d.Performers) == 0 {
			c.add(path+".performers", "is empty: name the roles that may do it")
		}
		for _, role := range d.Performers {
			c.role(path+".performers", role)
		}
		if d.Hours != "" && !slices.ContainsFunc(c.model.Hours, func(h Hours) bool { return h.Key == d.Hours }) {
			c.add(path+".hours", "%s is no entry of hours: add it there, or name another", d.Hours)
		}
		c.cadence(path, d)
		c.reminders(path, d)
	}
}

// months is how many months a period has; a week has none.
var months = map[Period]int{Weekly: 0, Monthly: 0, Quarterly: 3, HalfYearly: 6, Yearly: 12}

func (c *check) cadence(path string, d Duty) {
	oneOf(c, path+".period", d.Period, false, periods...)
	oneOf(c, path+".roll", d.Roll, true, Next, Previous)
	if most := months[d.Period]; d.Month < 0 || d.Month > most {
		c.add(path+".month", "is %d, but a %s has %d months to choose from: set 1 to %d, or remove it", d.Month, d.Period, most, most)
	}
	if d.Day < 0 || d.Day > 28 {
		c.add(path+".day", "is %d: set 1 to 28, the days that every month has, or remove it", d.Day)
	}
	if d.Day > 0 && d.Period != Monthly && d.Month == 0 {
		c.add(path+".day", "is a day of no month: set month too, or remove day")
	}
	if d.Roll != "" && d.Day == 0 {
		c.add(path+".roll", "moves a fixed day, and there is none: set day, or remove roll")
	}
}

func (c *check) reminders(path string, d Duty) {
	for _, days := range d.Remind {
		if days <= 0 {
			c.add(path+".remind", "is %d: set 1 day or more", days)
		}
	}
	if d.Period == Weekly && len(d.Remind) > 0 {
		c.add(path+".remind", "is for longer periods: use remindOn and remindAt")
	}
	if (d.RemindOn != "") != (d.RemindAt != "") || d.RemindOn != "" && d.Period != Weekly {
		c.add(path+".remindOn", "is for weekly duties and goes with remindAt: set both, or neither")
	}
	oneOf(c, path+".remindOn", d.RemindOn, true, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday)
	if d.RemindAt != "" && !clockForm.MatchString(d.RemindAt) {
		c.add(path+".remindAt", "is %q: write a time such as 16:00", d.RemindAt)
	}
}

func (c *check) campaigns() {
	paths := c.keys("campaigns", keysOf(c.model.Campaigns, func(k Campaign) string { return k.Key }))
	for i, k := range c.model.Campaigns {
		path := paths[i]
		c.label(path+".label", k.Label)
		c.source(path, k.Source)
		if themes, ok := c.values(path+".theme", "publicity_theme"); ok && !slices.Contains(themes, k.Theme) {
			c.add(path+".theme", "%s is no value of publicity_theme: add it there, or name another", k.Theme)
		}
		oneOf(c, path+".span", k.Span, false, OneDay, OneWeek, OneMonth, Anytime)
		date := fmt.Sprintf("%d-%d", k.Month, k.Day)
		switch k.Span {
		case OneDay, OneWeek:
			if _, err := time.Parse("1-2", date); err != nil {
				c.add(path, "begins on month-day %s, which is no date: set month and day", date)
			}
		case OneMonth:
			if k.Month < 1 || k.Month > 12 || k.Day != 0 {
				c.add(path, "is a month, and is given as month-day %s: set month 1 to 12 and no day", date)
			}
		case Anytime:
			if k.Month != 0 || k.Day != 0 {
				c.add(path, "is Anytime, and has a date: remove month and day")
			}
		}
	}
}
