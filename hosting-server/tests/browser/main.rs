//! The pages in a real browser: a Chromium without a window, by `CHROMEDRIVER`.
//!
//! `CHROME` names the browser, `HOSTING_SCREENSHOTS` a folder for pictures of every page. Without
//! `CHROMEDRIVER` nothing is tried, which is said aloud.

mod driver;
mod journey;
mod looks;
mod shop;
