//! QR codes as drawings: one path, in which dark modules that touch in a row are one run.

use std::fmt::Write;

use fast_qr::{ECL, QRBuilder};

use super::frame::Raw;

/// Quiet modules around a code; the standard asks for four.
const QUIET: usize = 4;

/// Draws `payload`; `None` when it is too long for a code.
pub(super) fn draw(payload: &str) -> Option<Raw> {
    let code = QRBuilder::new(payload).ecl(ECL::M).build().ok()?;
    let mut path = String::new();
    for y in 0..code.size {
        let mut x = 0;
        while x < code.size {
            let begin = x;
            while x < code.size && code[y][x].value() {
                x += 1;
            }
            if x > begin {
                let (left, top, length) = (begin + QUIET, y + QUIET, x - begin);
                let _ = write!(path, "M{left} {top}h{length}v1h-{length}z");
            }
            x += 1;
        }
    }
    let side = code.size + 2 * QUIET;
    Some(Raw(format!(
        "<svg viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" aria-hidden=\"true\">\
         <path d=\"{path}\"/></svg>"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills a grid with what the path covers.
    fn painted(svg: &str) -> Vec<Vec<bool>> {
        let side: usize =
            svg.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let mut grid = vec![vec![false; side]; side];
        let path = svg.split("d=\"").nth(1).unwrap().split('"').next().unwrap();
        for run in path.split('z').filter(|it| !it.is_empty()) {
            let (at, rest) = run.trim_start_matches('M').split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let length: usize = rest.split_once('v').unwrap().0.parse().unwrap();
            grid[y][x..x + length].fill(true);
        }
        grid
    }

    #[test]
    fn the_drawing_covers_exactly_the_dark_modules() {
        let payload = "00020101021226610014ID.CO.EXAMPLE0118936009150000000001520448165303360540715540055802ID6304ABCD";
        let grid = painted(&draw(payload).unwrap().0);
        let code = QRBuilder::new(payload).ecl(ECL::M).build().unwrap();
        assert_eq!(grid.len(), code.size + 2 * QUIET);
        for (y, row) in grid.iter().enumerate() {
            for (x, dark) in row.iter().enumerate() {
                let inside = (QUIET..QUIET + code.size).contains(&x)
                    && (QUIET..QUIET + code.size).contains(&y);
                let expected = inside && code[y - QUIET][x - QUIET].value();
                assert_eq!(*dark, expected, "{x} {y}");
            }
        }
    }

    #[test]
    fn what_is_too_long_is_not_drawn() {
        assert!(draw(&"a".repeat(5_000)).is_none());
    }
}
