// Package locale says the interface's words in the reader's language. The
// Chinese text is the key of a message, so a template reads as the page does;
// what people entered is never translated.
package locale

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
)

// A Language is one that the interface speaks.
type Language string

// The languages. Chinese is the one a page has unless the reader chose another.
const (
	Chinese Language = "zh-CN"
	English Language = "en"
)

//go:embed en.json
var english []byte

// A Catalogue holds the words of every language but Chinese.
type Catalogue map[Language]map[string]string

// Load reads the catalogue. It fails only if the program was built from a
// broken file.
func Load() (Catalogue, error) {
	words := map[string]string{}
	if err := json.Unmarshal(english, &words); err != nil {
		return nil, fmt.Errorf("read en.json: %w", err)
	}
	return Catalogue{English: words}, nil
}

// In is the catalogue's speaker of a language, of Chinese if there is no such
// language.
func (c Catalogue) In(language Language) Speaker {
	if _, known := c[language]; !known {
		return Speaker{Language: Chinese}
	}
	return Speaker{Language: language, words: c[language]}
}

// A Speaker says messages in one language. Its zero value speaks Chinese.
type Speaker struct {
	Language Language
	words    map[string]string
}

// T says a message. Arguments take the place of its verbs, as in [fmt.Sprintf];
// a translation may take them in another order with %[2]s. A message without a
// translation is said in Chinese.
func (s Speaker) T(message string, args ...any) string {
	if said, found := s.words[message]; found {
		message = said
	}
	if len(args) == 0 {
		return message
	}
	return fmt.Sprintf(message, args...)
}

// Number writes a count with its thousands apart.
func (s Speaker) Number(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
