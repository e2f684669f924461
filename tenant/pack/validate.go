package pack

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/daliu-governance/daliu/tenant"
)

// A Problem is a fault of a model: where it is, what is wrong, and what to do.
// Path names entries by their key, such as clocks[petition_finish].length, and
// by their number where keys can't tell them apart.
type Problem struct {
	Path    string
	Message string
}

// String is the problem in one line.
func (p Problem) String() string { return p.Path + ": " + p.Message }

// Validate tells everything that is wrong with a model, in the order of its
// sections. A model without problems can be seeded into a town.
func Validate(m Model) []Problem {
	law, err := Load("blank")
	if err != nil {
		panic(fmt.Sprintf("load what laws set: %v", err)) // embedded, and read by every test
	}
	c := &check{model: m}
	c.label("displayName", m.DisplayName)
	c.enumerations()
	c.loop()
	c.clocks()
	c.numbers()
	c.duties()
	c.campaigns()
	c.checklists()
	c.papers()
	c.indicators()
	c.roles()
	c.statutory(m, law)
	return c.problems
}

// posts are the seats that a manifest can ask for: every model names them.
var posts = []tenant.PostKind{
	tenant.PartySecretary, tenant.Mayor, tenant.CentreDirector, tenant.GridLeader, tenant.Mediator,
	tenant.InformationOfficer, tenant.Volunteer, tenant.HouseholdHead, tenant.ConsultationMember,
}

var (
	keyForm   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	codeForm  = regexp.MustCompile(`^[A-Z][0-9]{1,2}[A-Z]?$`)
	clockForm = regexp.MustCompile(`^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$`)
)

// A check gathers the problems of one model.
type check struct {
	model    Model
	problems []Problem
}

func (c *check) add(path, format string, args ...any) {
	c.problems = append(c.problems, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

// keys checks the keys of a list and returns the path of each entry.
func (c *check) keys(list string, keys []string) []string {
	paths := make([]string, len(keys))
	for i, key := range keys {
		paths[i] = fmt.Sprintf("%s[%s]", list, key)
		switch {
		case !keyForm.MatchString(key):
			paths[i] = fmt.Sprintf("%s[%d]", list, i)
			c.add(paths[i]+".key", "is %q: use 1 to 40 of a-z, 0-9 and _, beginning with a letter", key)
		case slices.Index(keys, key) < i:
			paths[i] = fmt.Sprintf("%s[%d]", list, i)
			c.add(paths[i]+".key", "%s is already the key of entry %d: rename or remove one", key, slices.Index(keys, key))
		}
	}
	return paths
}

// maxLabel is the most characters that a label may have.
const maxLabel = 40

func (c *check) label(path, text string) { c.text(path, text, maxLabel) }

func (c *check) text(path, text string, most int) {
	switch {
	case strings.TrimSpace(text) == "":
		c.add(path, "is empty: write what people shall read")
	case utf8.RuneCountInString(text) > most:
		c.add(path, "has %d characters: shorten it to %d", utf8.RuneCountInString(text), most)
	case strings.ContainsAny(text, "<>") || strings.ContainsFunc(text, unicode.IsControl):
		c.add(path, "has <, > or a control character: remove it")
	}
}

// oneOf checks a word of a closed set. A word of "" passes if it may be absent.
func oneOf[T ~string](c *check, path string, word T, absent bool, set ...T) {
	if word == "" && absent || slices.Contains(set, word) {
		return
	}
	words := make([]string, len(set))
	for i, w := range set {
		words[i] = string(w)
	}
	c.add(path, "is %q: set one of %s", word, strings.Join(words, ", "))
}

func (c *check) source(path string, s Source) {
	if s == (Source{}) {
		return
	}
	oneOf(c, path+".source.kind", s.Kind, false, Law, CaseStudy, Practice)
	if s.Kind == Law && (s.Document == "" || s.Article == "") {
		c.add(path+".source", "is a law without document or article: name both, or remove the source")
	}
}

func (c *check) subject(path string, s Subject) {
	oneOf(c, path, s, false, Matter, Dispute, Factor, Screening, Visit, Opinion, Relief, Meeting, Topic,
		Publicity, SupervisionOrder, Assessment, Committee, Duties, Staff, Privacy)
}

func (c *check) role(path, key string) {
	if !slices.ContainsFunc(c.model.Roles, func(r Role) bool { return r.Key == key }) {
		c.add(path, "%s is no role of this model: add it to roles, or name another", key)
	}
}

// when checks the conditions of an entry.
func (c *check) when(path string, conditions []Condition) {
	for i, condition := range conditions {
		at := fmt.Sprintf("%s.when[%d]", path, i)
		values, ok := c.values(at+".enumeration", condition.Enumeration)
		if !ok {
			continue
		}
		if len(condition.Values) == 0 {
			c.add(at+".values", "is empty: name the values, or remove the condition")
		}
		for _, value := range condition.Values {
			if !slices.Contains(values, value) {
				c.add(at+".values", "%s is no value of %s: add it there, or name another", value, condition.Enumeration)
			}
		}
	}
}

// values are the keys of an enumeration.
func (c *check) values(path, enumeration string) ([]string, bool) {
	i := slices.IndexFunc(c.model.Enumerations, func(e Enumeration) bool { return e.Key == enumeration })
	if i < 0 {
		c.add(path, "%s is no enumeration of this model: add it to enumerations, or name another", enumeration)
		return nil, false
	}
	return keysOf(c.model.Enumerations[i].Values, func(v Value) string { return v.Key }), true
}

func keysOf[T any](list []T, key func(T) string) []string {
	keys := make([]string, len(list))
	for i, entry := range list {
		keys[i] = key(entry)
	}
	return keys
}
