package web

import (
	"fmt"
	"strconv"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/web/ui"
)

// A gridMap is the grid drawn: areas as fields, their villages and communities
// as tiles, and a cell for every group. It shows what belongs where, not where
// anything lies.
type gridMap struct {
	Top    string // the name of the town; empty in a partial view
	Note   string
	Fields []mapField
}

// A mapField is an area, or, without a name, what no area holds.
type mapField struct {
	Name, Leader string
	Tiles        []mapTile
}

// A mapTile is a village or community.
type mapTile struct {
	Name, Note, Label string
	State             cellState
	Cells             []mapCell
	Width, Height     int // of the drawing, in its own units
}

// A mapCell is a group.
type mapCell struct {
	X, Y, Middle, Base int
	Text               string
	State              cellState
}

// A cellState says whether a unit's leader post is filled, waits, or is missing.
// The drawing shows it by form as well as by colour.
type cellState string

const (
	filled  cellState = "filled"
	waiting cellState = "waiting"
	gap     cellState = "gap"
)

// The measures of a tile's drawing.
const (
	cellsInRow = 5
	cellSize   = 24
	cellPitch  = 28
)

func mapOf(v ui.View, place tenant.Place, gapped map[int]bool) gridMap {
	var m gridMap
	second := map[int]tenant.Branch{}
	var order []int
	var walk func(tenant.Branch)
	walk = func(b tenant.Branch) {
		switch b.Level {
		case 1:
			m.Top, m.Note = b.Name, counted(v, b)
			for _, child := range b.Below {
				walk(child)
			}
		default: // the second level, or a group that is seen by itself
			second[b.ID] = b
			order = append(order, b.ID)
		}
	}
	for _, top := range place.Grid.Tree() {
		walk(top)
	}
	drawn := map[int]bool{}
	for _, area := range place.Areas {
		field := mapField{Name: area.Name, Leader: v.Post(area.Leader)}
		for _, id := range area.Grids {
			if b, found := second[id]; found {
				field.Tiles = append(field.Tiles, tileOf(v, b, gapped))
				drawn[id] = true
			}
		}
		if len(field.Tiles) > 0 {
			m.Fields = append(m.Fields, field)
		}
	}
	var rest mapField
	for _, id := range order {
		if !drawn[id] {
			rest.Tiles = append(rest.Tiles, tileOf(v, second[id], gapped))
		}
	}
	if len(rest.Tiles) > 0 {
		m.Fields = append(m.Fields, rest)
	}
	return m
}

func tileOf(v ui.View, b tenant.Branch, gapped map[int]bool) mapTile {
	tile := mapTile{Name: b.Name, Note: counted(v, b), State: stateOf(b, gapped)}
	count := map[cellState]int{tile.State: 1}
	for i, group := range b.Below {
		cell := mapCell{X: i % cellsInRow * cellPitch, Y: i / cellsInRow * cellPitch, State: stateOf(group, gapped)}
		cell.Middle, cell.Base, cell.Text = cell.X+cellSize/2, cell.Y+16, strconv.Itoa(i+1)
		if cell.State == gap {
			cell.Text = "!"
		}
		count[cell.State]++
		tile.Cells = append(tile.Cells, cell)
	}
	rows := (len(b.Below) + cellsInRow - 1) / cellsInRow
	tile.Width = cellsInRow*cellPitch - cellPitch + cellSize
	tile.Height = max(0, rows*cellPitch-cellPitch+cellSize)
	tile.Label = fmt.Sprintf("%s %s", b.Name, v.T("网格长：已任命 %d 个，待任命 %d 个，缺 %d 个", count[filled], count[waiting], count[gap]))
	return tile
}

func stateOf(b tenant.Branch, gapped map[int]bool) cellState {
	leader, found := b.Leader()
	switch {
	case gapped[b.ID] || !found:
		return gap
	case leader.Holder == "":
		return waiting
	}
	return filled
}
