package locale_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/daliu-governance/daliu/tenant/web/locale"
)

// said finds the messages of a source file.
var said = regexp.MustCompile(`(?:\bT|\bsay)\(("(?:[^"\\]|\\.)*")`)

// verb finds what a message leaves open.
var verb = regexp.MustCompile(`%(?:\[\d\])?[a-z]`)

// Every message of the pages has its English, and no other has.
func TestEveryMessageIsTranslated(t *testing.T) {
	t.Parallel()

	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	err = filepath.WalkDir("..", func(path string, _ os.DirEntry, err error) error {
		generated := strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go")
		if err != nil || generated || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".templ") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, found := range said.FindAllSubmatch(source, -1) {
			message, unquoteErr := strconv.Unquote(string(found[1]))
			if unquoteErr != nil {
				return unquoteErr
			}
			used[message] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(used) < 50 {
		t.Fatalf("only %d messages were found", len(used))
	}
	for message := range used {
		english, found := words[locale.English][message]
		if !found {
			t.Errorf("%q has no English", message)
		}
		if got, want := len(verb.FindAllString(english, -1)), len(verb.FindAllString(message, -1)); got != want {
			t.Errorf("%q leaves %d words open, its English %d", message, want, got)
		}
	}
	for message := range words[locale.English] {
		if !used[message] {
			t.Errorf("%q is translated and never said", message)
		}
	}
}

func TestSpeaker(t *testing.T) {
	t.Parallel()

	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	chinese, english := words.In(locale.Chinese), words.In(locale.English)
	for name, tc := range map[string]struct{ got, want string }{
		"Chinese says the message itself":        {chinese.T("%d 席", 6), "6 席"},
		"English says its translation":           {english.T("%d 席", 6), "6 seats"},
		"a message unknown to English":           {english.T("没有译文"), "没有译文"},
		"a percent sign without arguments":       {chinese.T("100%"), "100%"},
		"an unknown language speaks Chinese":     {words.In("tlh").T("首页"), "首页"},
		"the zero speaker speaks Chinese":        {locale.Speaker{}.T("首页"), "首页"},
		"a number below a thousand":              {chinese.Number(474), "474"},
		"a number with thousands":                {chinese.Number(14091), "14,091"},
		"a number with millions":                 {chinese.Number(1234567), "1,234,567"},
		"a negative number":                      {chinese.Number(-123), "-123"},
		"the language of an unknown one is ours": {string(words.In("x").Language), "zh-CN"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %q, want %q", name, tc.got, tc.want)
		}
	}
}
