package pack

import (
	"fmt"
	"slices"
)

func (c *check) enumerations() {
	paths := c.keys("enumerations", keysOf(c.model.Enumerations, func(e Enumeration) string { return e.Key }))
	for i, e := range c.model.Enumerations {
		c.label(paths[i]+".label", e.Label)
		c.source(paths[i], e.Source)
		if len(e.Values) == 0 {
			c.add(paths[i]+".values", "is empty: add a value, or remove the enumeration")
		}
		at := c.keys(paths[i]+".values", keysOf(e.Values, func(v Value) string { return v.Key }))
		for j, v := range e.Values {
			c.value(at[j], e, v)
		}
		c.bounds(paths[i], e)
	}
}

func (c *check) value(path string, e Enumeration, v Value) {
	c.label(path+".label", v.Label)
	if same := slices.IndexFunc(e.Values, func(o Value) bool { return o.Label == v.Label && o.Key != v.Key }); same >= 0 && e.Values[same].Key < v.Key {
		c.add(path+".label", "is also that of %s: people can't tell them apart, reword one", e.Values[same].Key)
	}
	for _, tag := range v.Tags {
		oneOf(c, path+".tags", tag, false, Sealed, Urgent, Outreach, Solved, Agreed, Failed, NoConfirmation,
			Removed, Rated, Satisfied, Ended)
	}
	if slices.Contains(v.Tags, Satisfied) && !slices.Contains(v.Tags, Rated) {
		c.add(path+".tags", "is Satisfied but not Rated, so a rate could pass 100 %%: add Rated")
	}
	if v.Parent == "" {
		return
	}
	i := slices.IndexFunc(e.Values, func(o Value) bool { return o.Key == v.Parent })
	switch {
	case i < 0 || v.Parent == v.Key:
		c.add(path+".parent", "%s is no other value of %s: add it, or name another", v.Parent, e.Key)
	case e.Values[i].Parent != "":
		c.add(path+".parent", "%s has a parent itself: a list has two levels, name %s", v.Parent, e.Values[i].Parent)
	}
}

// bounds holds what no model may do, whoever writes it.
func (c *check) bounds(path string, e Enumeration) {
	switch e.Key {
	case "petition_class":
		if !slices.ContainsFunc(e.Values, func(v Value) bool { return slices.Contains(v.Tags, Sealed) }) {
			c.add(path+".values", "has no value tagged Sealed: tag the class of complaints about officials, or everybody sees them")
		}
	case "assessment_subject":
		for _, v := range e.Values {
			if v.Key != "village_body" && v.Key != "staff_post" {
				c.add(path+".values", "%s can't be assessed, only village_body and staff_post: no resident and no family has a score", v.Key)
			}
		}
	}
}

func (c *check) loop() {
	if len(c.model.Loop) == 0 {
		return
	}
	paths := c.keys("loop", keysOf(c.model.Loop, func(s Stage) string { return s.Key }))
	values, ok := c.values("loop", "matter_status")
	if !ok {
		return
	}
	stages := map[string]string{}
	for i, s := range c.model.Loop {
		c.label(paths[i]+".label", s.Label)
		if len(s.States) == 0 {
			c.add(paths[i]+".states", "is empty: name the states that belong to it, or remove the stage")
		}
		for _, state := range s.States {
			if !slices.Contains(values, state) {
				c.add(paths[i]+".states", "%s is no value of matter_status: add it there, or name another", state)
			} else if other, taken := stages[state]; taken {
				c.add(paths[i]+".states", "%s already belongs to the stage %s: remove it from one", state, other)
			}
			stages[state] = s.Key
		}
	}
	for _, state := range values {
		if _, ok := stages[state]; !ok {
			c.add("loop", "no stage has the state %s: add it to one", state)
		}
	}
}

func (c *check) checklists() {
	paths := c.keys("checklists", keysOf(c.model.Checklists, func(l Checklist) string { return l.Key }))
	for i, l := range c.model.Checklists {
		c.label(paths[i]+".label", l.Label)
		c.source(paths[i], l.Source)
		if len(l.Items) == 0 {
			c.add(paths[i]+".items", "is empty: add an item (its text may be empty), or remove the checklist")
		}
		at := c.keys(paths[i]+".items", keysOf(l.Items, func(t Item) string { return t.Key }))
		for j, item := range l.Items {
			if item.Text != "" {
				c.label(at[j]+".text", item.Text)
			}
		}
	}
}

func (c *check) papers() {
	paths := c.keys("papers", keysOf(c.model.Papers, func(p Paper) string { return p.Key }))
	for i, p := range c.model.Papers {
		c.label(paths[i]+".title", p.Title)
		c.source(paths[i], p.Source)
		c.subject(paths[i]+".subject", p.Subject)
		oneOf(c, paths[i]+".kind", p.Kind, false, Form, Notice, Dossier, Ledger, Report)
		if len(p.Formats) == 0 {
			c.add(paths[i]+".formats", "is empty: set DOCX, PDF or XLSX")
		}
		for j, f := range p.Formats {
			oneOf(c, paths[i]+".formats", f, false, DOCX, PDF, XLSX)
			if slices.Index(p.Formats, f) < j {
				c.add(paths[i]+".formats", "%s is there twice: remove one", f)
			}
		}
	}
}

func (c *check) indicators() {
	codes := keysOf(c.model.Indicators, func(n Indicator) string { return n.Code })
	for i, n := range c.model.Indicators {
		path := fmt.Sprintf("indicators[%s]", n.Code)
		if !codeForm.MatchString(n.Code) {
			path = fmt.Sprintf("indicators[%d]", i)
			c.add(path+".code", "is %q: use a letter, one or two digits and perhaps a letter, such as D6A", n.Code)
		} else if slices.Index(codes, n.Code) < i {
			path = fmt.Sprintf("indicators[%d]", i)
			c.add(path+".code", "%s is already the code of entry %d: rename or remove one", n.Code, slices.Index(codes, n.Code))
		}
		c.label(path+".name", n.Name)
		c.text(path+".unit", n.Unit, 10)
		c.text(path+".formula", n.Formula, 120)
		c.source(path, n.Source)
		oneOf(c, path+".kind", n.Kind, false, Count, Ratio, Median)
	}
}
