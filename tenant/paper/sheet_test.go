package paper_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/paper"
)

func written(t testing.TB, s paper.Sheet) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := paper.Write(&file, s); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()

	file := written(t, paper.Sheet{
		Name: "人员", Heads: []string{"姓名", "岗位"}, Rows: [][]string{{"张三", "=1+1"}, {"", ""}, {"@李四", "-5"}},
		Lists: [][]string{nil, {"甲", "乙"}}, Hints: []string{"写全名"}, Width: []float64{10},
	})
	lines, err := paper.Read(file, []string{"岗位", "姓名", "备注"}, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := []paper.Line{{Number: 2, Texts: []string{"=1+1", "张三", ""}}, {Number: 4, Texts: []string{"-5", "@李四", ""}}}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	f, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if formula, _ := f.GetCellFormula("人员", "B2"); formula != "" {
		t.Errorf("a cell is the formula %q", formula)
	}
	if text, _ := f.GetCellValue("人员", "B2"); text != "'=1+1" {
		t.Errorf("a formula is written as %q", text)
	}
	if rules, err := f.GetDataValidations("人员"); err != nil || len(rules) != 2 || !strings.Contains(rules[1].Formula1, "choices!$B$1:$B$2") {
		t.Errorf("rules = %v, %v", rules, err)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()

	rows := make([][]string, paper.MaxRows+1)
	for i := range rows {
		rows[i] = []string{"张三"}
	}
	merged := excelize.NewFile()
	for cell, text := range map[string]string{"A1": "姓名", "A2": "张三", "A4": "李四"} {
		if err := merged.SetCellStr("Sheet1", cell, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := merged.MergeCell("Sheet1", "A2", "A3"); err != nil {
		t.Fatal(err)
	}
	var mergedFile bytes.Buffer
	if err := merged.Write(&mergedFile); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		file []byte
		want error
	}{
		"no workbook":   {[]byte("姓名,岗位"), paper.ErrNoSheet},
		"nothing":       {nil, paper.ErrNoSheet},
		"too large":     {make([]byte, paper.MaxBytes+1), paper.ErrTooLarge},
		"other heads":   {written(t, paper.Sheet{Name: "x", Heads: []string{"名称"}}), paper.ErrNoHeads},
		"too many rows": {written(t, paper.Sheet{Name: "x", Heads: []string{"姓名"}, Rows: rows}), paper.ErrTooMany},
		"merged cells":  {mergedFile.Bytes(), paper.ErrMerged},
		"a zip bomb":    {bomb(t), paper.ErrNoSheet},
	} {
		if _, err := paper.Read(tc.file, []string{"姓名"}, 1); !errors.Is(err, tc.want) || !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("%s: error = %v, want %v", name, err, tc.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("PK\x03\x04"))
	f.Add(written(f, paper.Sheet{Name: "人员", Heads: []string{"姓名", "岗位"}, Rows: [][]string{{"张三", "网格长"}}}))
	f.Fuzz(func(t *testing.T, file []byte) {
		lines, err := paper.Read(file, []string{"姓名", "岗位"}, 1)
		if err != nil && !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("error = %v, want one that says what is wrong with the file", err)
		}
		if len(lines) > paper.MaxRows {
			t.Errorf("%d lines", len(lines))
		}
	})
}
