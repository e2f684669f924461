// Package paper reads and writes the sheets and documents that a town's people
// work with outside the pages.
package paper

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/daliu-governance/daliu/tenant"
)

// The bounds of a sheet that somebody sends.
const (
	MaxBytes    = 5 << 20
	MaxRows     = 2000
	maxUnzipped = 64 << 20
	maxPart     = 32 << 20
	maxText     = 500 // characters of one cell
	headWithin  = 10  // rows before the heads
)

// The ways in which a sheet can't be read, all [tenant.ErrInvalid].
var (
	ErrNoSheet  = fmt.Errorf("no sheet: %w", tenant.ErrInvalid)
	ErrTooLarge = fmt.Errorf("sheet is too large: %w", tenant.ErrInvalid)
	ErrTooMany  = fmt.Errorf("sheet has too many rows: %w", tenant.ErrInvalid)
	ErrNoHeads  = fmt.Errorf("sheet has not the heads: %w", tenant.ErrInvalid)
	ErrMerged   = fmt.Errorf("sheet has merged cells: %w", tenant.ErrInvalid)
)

// A Sheet is a table to write.
type Sheet struct {
	Name  string
	Heads []string
	Rows  [][]string
	Lists [][]string // choices for each column; none where anything may be typed
	Width []float64
	Hints []string // shown while a cell of the column is chosen
}

// A Line is a row that was read: its number in the sheet, and its texts in the
// order of the heads that were asked for.
type Line struct {
	Number int
	Texts  []string
}

// Write writes a sheet with its heads fixed in view, every cell as text: nothing
// in it is a formula, and no text begins like one.
func Write(w io.Writer, s Sheet) error {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // nothing of it is on disk
	if err := fill(f, s); err != nil {
		return fmt.Errorf("write sheet %s: %w", s.Name, err)
	}
	return f.Write(w)
}

func fill(f *excelize.File, s Sheet) error {
	if err := f.SetSheetName("Sheet1", s.Name); err != nil {
		return err
	}
	head, err := f.NewStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true, Color: "FFFFFF"}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"0F5C4D"}},
	})
	if err != nil {
		return err
	}
	text, err := f.NewStyle(&excelize.Style{NumFmt: 49}) // text: a phone or a date stays as it is typed
	if err != nil {
		return err
	}
	last, err := excelize.ColumnNumberToName(len(s.Heads))
	if err != nil {
		return err
	}
	steps := []func() error{
		func() error { return f.SetColStyle(s.Name, "A:"+last, text) },
		func() error { return f.SetSheetRow(s.Name, "A1", &s.Heads) },
		func() error { return f.SetCellStyle(s.Name, "A1", last+"1", head) },
		func() error {
			return f.SetPanes(s.Name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
		},
	}
	for i := range s.Heads {
		steps = append(steps, func() error { return column(f, s, i) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	for y, row := range s.Rows {
		for x, value := range row {
			cell, err := excelize.CoordinatesToCellName(x+1, y+2)
			if err != nil {
				return err
			}
			if err := f.SetCellStr(s.Name, cell, Harmless(value)); err != nil {
				return err
			}
		}
	}
	return nil
}

// column sets a column's width, and its choices: they stand on a sheet of their
// own, because a list inside a rule may hold only 255 signs.
func column(f *excelize.File, s Sheet, i int) error {
	name, err := excelize.ColumnNumberToName(i + 1)
	if err != nil {
		return err
	}
	if i < len(s.Width) {
		if err := f.SetColWidth(s.Name, name, name, s.Width[i]); err != nil {
			return err
		}
	}
	listed := i < len(s.Lists) && len(s.Lists[i]) > 0
	hinted := i < len(s.Hints) && s.Hints[i] != ""
	if !listed && !hinted {
		return nil
	}
	rule := excelize.NewDataValidation(true)
	rule.Sqref = fmt.Sprintf("%s2:%s%d", name, name, MaxRows+1)
	if hinted {
		rule.SetInput(s.Heads[i], s.Hints[i])
	}
	if listed {
		const choices = "choices"
		if _, err := f.NewSheet(choices); err != nil {
			return err
		}
		if err := f.SetSheetCol(choices, name+"1", &s.Lists[i]); err != nil {
			return err
		}
		if err := f.SetSheetVisible(choices, false); err != nil {
			return err
		}
		rule.SetSqrefDropList(fmt.Sprintf("%s!$%s$1:$%s$%d", choices, name, name, len(s.Lists[i])))
	}
	return f.AddDataValidation(s.Name, rule)
}

// Harmless is a text that no program takes for a formula.
func Harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// Read reads the lines below the heads, which may stand in any order and among
// others, on the first sheet that has the first needed of them. Empty lines are
// left out.
func Read(data []byte, heads []string, needed int) (lines []Line, err error) {
	if len(data) > MaxBytes {
		return nil, ErrTooLarge
	}
	defer func() { // a file made to break its reader breaks only itself
		if recover() != nil {
			lines, err = nil, ErrNoSheet
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxPart, RawCellValue: true,
	})
	if err != nil {
		return nil, ErrNoSheet
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for _, sheet := range f.GetSheetList() {
		lines, err = readSheet(f, sheet, heads, needed)
		if !errors.Is(err, ErrNoHeads) {
			return lines, err
		}
	}
	return nil, ErrNoHeads
}

func readSheet(f *excelize.File, sheet string, heads []string, needed int) ([]Line, error) {
	rows, err := f.Rows(sheet)
	if err != nil {
		return nil, ErrNoHeads // a chart, say
	}
	defer func() { _ = rows.Close() }() // nothing was written
	var at []int
	var lines []Line
	for number := 1; rows.Next(); number++ {
		cells, err := rows.Columns()
		switch {
		case err != nil:
			return nil, ErrNoSheet
		case at == nil:
			if at = find(cells, heads, needed); at == nil && number >= headWithin {
				return nil, ErrNoHeads
			}
			continue
		case len(lines) > MaxRows || number > MaxRows*5:
			return nil, ErrTooMany
		}
		line := Line{Number: number, Texts: make([]string, len(heads))}
		empty := true
		for i, x := range at {
			if x >= 0 && x < len(cells) {
				line.Texts[i] = plain(cells[x])
				empty = empty && line.Texts[i] == ""
			}
		}
		if !empty {
			lines = append(lines, line)
		}
	}
	switch merged, err := f.GetMergeCells(sheet, true); {
	case at == nil:
		return nil, ErrNoHeads
	case len(lines) > MaxRows:
		return nil, ErrTooMany
	case err == nil && below(merged, lines):
		return nil, ErrMerged
	}
	return lines, nil
}

// below says whether cells are merged among the lines; above them a title may be.
func below(merged []excelize.MergeCell, lines []Line) bool {
	return len(lines) > 0 && slices.ContainsFunc(merged, func(m excelize.MergeCell) bool {
		_, row, err := excelize.CellNameToCoordinates(m.GetEndAxis())
		return err == nil && row >= lines[0].Number
	})
}

// find says in which column each head stands, -1 for none; it is nil unless all
// that are needed stand there.
func find(cells, heads []string, needed int) []int {
	at := make([]int, len(heads))
	for i, head := range heads {
		at[i] = slices.IndexFunc(cells, func(cell string) bool {
			return strings.TrimRight(strings.Join(strings.Fields(cell), ""), "*＊") == head
		})
		if at[i] < 0 && i < needed {
			return nil
		}
	}
	return at
}

// plain is a cell's text without what a sheet adds to it, cut to a bearable
// length.
func plain(text string) string {
	text = strings.TrimPrefix(strings.TrimSpace(text), "'")
	if runes := []rune(text); len(runes) > maxText {
		text = string(runes[:maxText])
	}
	var number float64
	if strings.ContainsAny(text, "eE.") && !strings.ContainsAny(text, "abcdfABCDF") {
		if _, err := fmt.Sscanf(text, "%g", &number); err == nil && number == float64(int64(number)) && number < 1e15 &&
			strings.Count(text, ".") < 2 {
			return strconv.FormatInt(int64(number), 10) // 1.38E10, as sheets keep long numbers
		}
	}
	return text
}
