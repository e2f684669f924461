package browser_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/daliu-governance/daliu/tenant/paper"
	"github.com/daliu-governance/daliu/tenant/store/storetest"
)

// workbook keeps a roster's sheet in a file, as somebody fills it in.
func workbook(t *testing.T, rows [][]string) string {
	t.Helper()
	sheet := paper.Sheet{Name: "人员", Heads: []string{"姓名", "岗位", "所在网格", "手机", "户数", "开始日期"}, Rows: rows}
	var file bytes.Buffer
	if err := paper.Write(&file, sheet); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "人员.xlsx")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// upload sends a file with the import form.
func (b *browser) upload(path string) {
	b.t.Helper()
	b.visit("/people/import")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#sheet"), []string{path}))
	b.press(".form button")
}

// TestRosterBringsTheTownToLife imports a sheet with three bad rows, which
// imports nothing, then the corrected one, which covers the town, and ends a
// post: whoever held it is out.
func TestRosterBringsTheTownToLife(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	town.Employ(t, "wang", "王组长", "volunteer@第二村")
	b := open(t, serve(t, town), 390)
	b.cookie("session", signedIn(t, town).Token)

	sheet := storetest.Roster()
	sheet[1][1], sheet[6][2], sheet[8][5] = "副镇长", "第九村", "2026-13-40"
	b.upload(workbook(t, sheet))
	b.wants("the refused sheet", "有 3 处要改，一行也没有导入", "第 3 行", "副镇长", "没有这个岗位", "第 8 行", "第九村", "没有这个网格", "第 10 行", "日期不对")
	b.picture("import-refused")
	b.visit("/sponsors")
	b.wants("包联", "包村 0/8 缺 8 处", "包组 0/66 缺 66 处")

	b.upload(workbook(t, storetest.Roster()))
	b.wants("人员", "已经导入 159 个岗位")
	b.press(`.foot a[href="/sponsors"]`)
	b.wants("包联", "包片 2/2 齐全", "包村 8/8 齐全", "包组 66/66 齐全", "包户 3,647 / 3,647 户", "社区包户，另计 474 / 474 户")
	b.picture("sponsors-covered")

	b.visit("/sponsors/edit")
	b.text(`document.querySelectorAll('fieldset input')[1].value = '王组长'`)
	b.press("form.form > p .btn")
	b.wants("包联", "包联安排已经保存", "第二村 王组长", "包村 8/8")

	leader := signedInAs(t, town, "wang").Token
	other := open(t, b.base, 390)
	other.cookie("session", leader)
	other.visit("/")
	other.wants("the leader's home", "大柳镇")
	for range 2 { // the sponsorship and the post
		b.visit("/people?name=王组长")
		b.press(".people a")
		b.text(`document.querySelector('.more').open = true; ''`)
		b.text(`document.querySelector('.more [name=reason]').value = '调离'; ''`)
		b.press(".more button")
		b.wants("the person", "已结束", "调离")
	}
	other.visit("/")
	if got := other.path(); got != "/sign-in" {
		t.Errorf("whoever held the post stands at %s", got)
	}
}
