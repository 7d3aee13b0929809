//! Places for a picture: columns from left to right, and in each an order with few crossings.
//!
//! An arrow over several columns has a lane in those between, as if a thin box stood there; arrows from one box share theirs. The order comes from a few
//! sweeps to and fro, in which each box goes to the middle of its neighbours in the column before; of all orders seen the one with
//! the fewest crossings stays. Whole numbers only, and ties stay as they were: the same picture gives the same places.

/// Sweeps that look for an order, and that find heights for it.
const SWEEPS: usize = 12;
/// The most lanes: what arrows need beyond goes straight.
const MOST_LANES: usize = 20_000;
/// Space between boxes, and what a lane takes.
const GAP: i64 = 18;
const LANE: i64 = 10;
/// Relative places are counted in so many parts of a column.
const PARTS: usize = 1 << 20;

/// Places, in pixels from the top.
pub(super) struct Layout {
    /// The middle of each box.
    pub(super) middle: Vec<i64>,
    /// For each arrow its lanes: column and middle, from left to right.
    pub(super) lanes: Vec<Vec<(usize, i64)>>,
    /// Of the whole picture.
    pub(super) height: i64,
}

/// Lays boxes out: of each its column and height, and arrows from lower columns to higher ones.
pub(super) fn lay_out(columns: &[usize], heights: &[i64], arrows: &[(usize, usize)]) -> Layout {
    let mut grid = Grid::new(columns, heights, arrows);
    grid.untangle();
    let middle = grid.straighten();
    let top = (0..grid.heights.len()).map(|item| middle[item] - grid.heights[item] / 2).min().unwrap_or(0);
    let bottom = (0..grid.heights.len()).map(|item| middle[item] + grid.heights[item] / 2).max().unwrap_or(0);
    let lanes =
        grid.lanes.iter().map(|lanes| lanes.iter().map(|&item| (grid.column[item], middle[item] - top)).collect()).collect();
    Layout { middle: middle[..columns.len()].iter().map(|middle| middle - top).collect(), lanes, height: bottom - top }
}

/// Boxes and lanes, together called items: first the boxes, then the lanes.
struct Grid {
    column: Vec<usize>,
    heights: Vec<i64>,
    /// Neighbours in columns before and after.
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
    /// The items of each column, from top to bottom.
    order: Vec<Vec<usize>>,
    lanes: Vec<Vec<usize>>,
}

impl Grid {
    fn new(columns: &[usize], heights: &[i64], arrows: &[(usize, usize)]) -> Self {
        let count = columns.iter().max().map_or(0, |&last| last + 1);
        let (column, heights) = (columns.to_vec(), heights.to_vec());
        let (before, after) = (vec![Vec::new(); columns.len()], vec![Vec::new(); columns.len()]);
        let mut grid = Self { column, heights, before, after, order: vec![Vec::new(); count], lanes: Vec::new() };
        columns.iter().enumerate().for_each(|(item, &column)| grid.order[column].push(item));
        // The lanes that lead away from each box, by column.
        let mut leading: Vec<Vec<usize>> = vec![Vec::new(); columns.len()];
        for &(from, to) in arrows {
            let between = columns[to] - columns[from] - 1;
            let lanes = &mut leading[from];
            if grid.column.len() - columns.len() + between.saturating_sub(lanes.len()) > MOST_LANES {
                grid.join(from, to);
                grid.lanes.push(Vec::new());
                continue;
            }
            while lanes.len() < between {
                let last = lanes.last().copied().unwrap_or(from);
                lanes.push(grid.add_lane(last));
            }
            grid.join(between.checked_sub(1).map_or(from, |last| lanes[last]), to);
            grid.lanes.push(lanes[..between].to_vec());
        }
        grid
    }

    fn join(&mut self, before: usize, after: usize) {
        self.after[before].push(after);
        self.before[after].push(before);
    }

    /// A lane that goes on from an item.
    fn add_lane(&mut self, before: usize) -> usize {
        let (item, column) = (self.column.len(), self.column[before] + 1);
        self.column.push(column);
        self.heights.push(LANE);
        self.before.push(Vec::new());
        self.after.push(Vec::new());
        self.order[column].push(item);
        self.join(before, item);
        item
    }

    fn neighbours(&self, forward: bool) -> &[Vec<usize>] {
        if forward { &self.before } else { &self.after }
    }

    /// The columns in the order in which a sweep visits them.
    fn visited(&self, forward: bool) -> Vec<usize> {
        let columns = 0..self.order.len();
        if forward { columns.collect() } else { columns.rev().collect() }
    }

    /// Finds an order with few crossings.
    fn untangle(&mut self) {
        let mut best = (self.crossings(), self.order.clone());
        for sweep in 0..SWEEPS {
            if best.0 == 0 {
                break;
            }
            let forward = sweep.is_multiple_of(2);
            let mut place = self.places(PARTS);
            for column in self.visited(forward) {
                let mut items = std::mem::take(&mut self.order[column]);
                items.sort_by_key(|&item| {
                    mean(self.neighbours(forward)[item].iter().map(|&other| place[other])).unwrap_or(place[item])
                });
                for (at, &item) in items.iter().enumerate() {
                    place[item] = part(at, items.len(), PARTS);
                }
                self.order[column] = items;
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.order.clone());
            }
        }
        self.order = best.1;
    }

    /// Where each item stands in its column, in parts of it.
    fn places(&self, parts: usize) -> Vec<i64> {
        let mut place = vec![0; self.column.len()];
        for items in &self.order {
            for (at, &item) in items.iter().enumerate() {
                place[item] = part(at, items.len(), parts);
            }
        }
        place
    }

    /// How many pairs of lines between neighbouring columns cross. Straight arrows over several columns are not counted.
    fn crossings(&self) -> u64 {
        let mut rank = vec![0; self.column.len()];
        for items in &self.order {
            items.iter().enumerate().for_each(|(at, &item)| rank[item] = at);
        }
        let mut crossings = 0;
        for (column, items) in self.order.iter().enumerate() {
            let mut ends = Vec::new();
            for &item in items {
                let start = ends.len();
                let next = self.after[item].iter().filter(|&&after| self.column[after] == column + 1);
                ends.extend(next.map(|&after| rank[after]));
                ends[start..].sort_unstable();
            }
            let width = self.order.get(column + 1).map_or(0, Vec::len);
            crossings += inversions(&ends, width);
        }
        crossings
    }

    /// Finds heights that keep lines straight and boxes apart.
    fn straighten(&self) -> Vec<i64> {
        let mut middle = vec![0; self.column.len()];
        for items in &self.order {
            self.keep_apart(items, &mut middle);
            let center = (middle[items[0]] + middle[items[items.len() - 1]]) / 2;
            items.iter().for_each(|&item| middle[item] -= center);
        }
        for sweep in 0..2 * SWEEPS {
            let forward = sweep.is_multiple_of(2);
            for column in self.visited(forward) {
                let items = &self.order[column];
                for &item in items {
                    let neighbours = self.neighbours(forward)[item].iter();
                    middle[item] = mean(neighbours.map(|&other| middle[other])).unwrap_or(middle[item]);
                }
                self.keep_apart(items, &mut middle);
            }
        }
        middle
    }

    /// Moves the items of a column away from each other, as far up as down. Half of what two orders that keep distances have in
    /// common keeps them too.
    fn keep_apart(&self, items: &[usize], middle: &mut [i64]) {
        let distance = |above: usize, below: usize| (self.heights[above] + self.heights[below]).div_euclid(2) + GAP;
        let mut down: Vec<i64> = items.iter().map(|&item| middle[item]).collect();
        let mut up = down.clone();
        for at in 1..items.len() {
            down[at] = down[at].max(down[at - 1] + distance(items[at - 1], items[at]));
        }
        for at in (1..items.len()).rev() {
            up[at - 1] = up[at - 1].min(up[at] - distance(items[at - 1], items[at]));
        }
        let mut above: Option<(usize, i64)> = None;
        for (&item, (down, up)) in items.iter().zip(down.iter().zip(&up)) {
            // Rounding may take a pixel.
            let least = above.map_or(i64::MIN, |(above, at)| at + distance(above, item));
            middle[item] = (down + up).div_euclid(2).max(least);
            above = Some((item, middle[item]));
        }
    }
}

#[expect(clippy::cast_possible_wrap, reason = "at most a column's length times its parts, both small")]
fn part(at: usize, of: usize, parts: usize) -> i64 {
    ((2 * at + 1) * parts / (2 * of)) as i64
}

fn mean(values: impl Iterator<Item = i64>) -> Option<i64> {
    let (sum, count) = values.fold((0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum.div_euclid(count))
}

/// Pairs in the wrong order among numbers below `width`.
fn inversions(numbers: &[usize], width: usize) -> u64 {
    // A Fenwick tree of how many were seen.
    let mut seen = vec![0_u64; width + 1];
    let mut pairs = 0;
    for (before, &number) in (0_u64..).zip(numbers) {
        let mut not_larger = 0;
        let mut at = number + 1;
        while at > 0 {
            not_larger += seen[at];
            at &= at - 1;
        }
        pairs += before - not_larger;
        at = number + 1;
        while at <= width {
            seen[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_in_the_wrong_order_are_counted() {
        assert_eq!(inversions(&[0, 1, 2], 3), 0);
        assert_eq!(inversions(&[2, 1, 0, 1], 3), 4);
        assert_eq!(inversions(&[], 0), 0);
    }

    #[test]
    fn crossings_that_can_be_avoided_are_and_boxes_stay_apart() {
        // Two columns of three, each box to the one opposite, and one arrow over two columns.
        let columns = [0, 0, 0, 1, 1, 1, 2];
        let arrows = [(0, 5), (1, 4), (2, 3), (5, 6), (0, 6)];
        let heights = [50; 7];
        let mut grid = Grid::new(&columns, &heights, &arrows);
        assert_eq!(grid.crossings(), 3 + 2);
        grid.untangle();
        assert_eq!(grid.crossings(), 0);
        let layout = lay_out(&columns, &heights, &arrows);
        assert_eq!(layout.lanes.iter().map(Vec::len).collect::<Vec<_>>(), [0, 0, 0, 0, 1]);
        for (a, b) in [(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5)] {
            assert!(layout.middle[a].abs_diff(layout.middle[b]) >= 50 + GAP.unsigned_abs(), "{:?}", layout.middle);
        }
        assert_eq!(layout.middle[1], layout.middle[4], "a straight line");
    }
}
