package browser_test

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/daliu-governance/daliu/tenant/store/storetest"
)

// TestDirectorsFirstDay signs the director in with the one-time password, has
// it replaced, and reads the town's numbers, all without a script.
func TestDirectorsFirstDay(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	b := open(t, serve(t, town), 390)
	b.do(func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		_, err = cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return none, err
	})

	b.visit("/grid")
	if got := b.path(); got != "/sign-in?next=%2Fgrid" {
		t.Fatalf("a stranger at /grid stands at %s", got)
	}
	b.send(map[string]string{"login": "director", "password": "wrong"})
	b.wants("the refused sign-in", "登录名或密码不对")
	if login := b.text("document.querySelector('#login').value"); login != "director" {
		t.Errorf("the login that was typed is %q", login)
	}
	if password := b.text("document.querySelector('#password').value"); password != "" {
		t.Error("the password was sent back")
	}

	b.send(map[string]string{"password": storetest.FirstPassword})
	if got := b.path(); got != "/me/password" {
		t.Fatalf("after the one-time password the director stands at %s", got)
	}
	b.send(map[string]string{"old": storetest.FirstPassword, "new": "1234567890", "again": "1234567890"})
	b.wants("the weak password", "新密码太简单")
	b.send(map[string]string{"old": storetest.FirstPassword, "new": storetest.Password, "again": storetest.Password + "!"})
	b.wants("the mistyped password", "两次输入的新密码不一样")
	b.send(map[string]string{"old": storetest.FirstPassword, "new": storetest.Password, "again": storetest.Password})
	if got := b.path(); got != "/me?done=password" {
		t.Fatalf("after the change the director stands at %s", got)
	}
	b.wants("我的", "新密码已生效", "综治中心主任", "大柳镇")

	b.press(`.foot a[href="/"]`)
	b.wants("首页", "住户 3,647 户", "人口 14,091 人", "社区住户 另计 474 户", "学校、企事业单位 12 家", "商业门店 150 余家",
		"抓 7 个单位", "防 1 · 8 · 66 三级网格，无缝隙", "访 2 个片区", "人民调解委员会 8 个", "人民调解员 47 人", "综治信息员 28 人",
		"群防群治人员 25 人", "治安户长 41 人", "民主协商议事机构 8 个", "民主协商成员 82 人",
		"疏 暂无 还没有接待和救助记录", "调 暂无 还没有纠纷调解记录", "共 301 个岗位，已任命 1 个，待任命 300 个")

	b.press(`.foot a[href="/grid"]`)
	b.wants("网格", "一级 1 · 二级 8 · 三级 66", "无缝隙", "3,647 户 · 14,091 人", "幸福社区", "不设组 · 474 户", "第七村", "10组",
		"合计 47 28 25 41 82")

	b.press(`.foot a[href="/me"]`)
	b.press(`main button[value="large"]`)
	if size := b.text("getComputedStyle(document.documentElement).fontSize"); size != "20px" {
		t.Errorf("大字版 is %s", size)
	}
	if got := b.path(); got != "/me" {
		t.Errorf("the choice leads to %s", got)
	}
	b.press(`main button[value="en"]`)
	b.wants("English", "Sign out", "大柳镇")
	b.press(`main button[value="zh-CN"]`)
	b.press(`main form[action="/sign-out"] button`)
	if got := b.path(); got != "/sign-in" {
		t.Errorf("after signing out the director stands at %s", got)
	}
	b.visit("/")
	if got := b.path(); got != "/sign-in" {
		t.Errorf("after signing out / leads to %s", got)
	}
}
