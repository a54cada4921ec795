//! The pages of a search, one after another: below the root that was asked alone, none twice, so many and so much at most.

use std::collections::HashSet;

use crate::address::Root;

/// How many pages are read.
const MOST: usize = 20;
/// How much is read over all pages, in bytes.
const LARGEST_OF_ALL: usize = 64 * 1024 * 1024;

/// The way from page to page.
#[derive(Debug)]
pub(crate) struct Pages<'a> {
    root: &'a Root,
    next: Option<String>,
    followed: HashSet<String>,
    size: usize,
    leads_away: bool,
}

impl<'a> Pages<'a> {
    pub(crate) fn of(root: &'a Root, first: String) -> Self {
        Self { root, next: Some(first), followed: HashSet::new(), size: 0, leads_away: false }
    }

    /// Where the next page is; none where there is none, or it is not followed.
    pub(crate) fn next(&mut self) -> Option<String> {
        let goes_on = self.followed.len() < MOST && self.size < LARGEST_OF_ALL;
        self.next.take_if(|url| goes_on && self.followed.insert(url.clone()))
    }

    /// Notes a page that came: its size, and its link to the next one.
    pub(crate) fn came(&mut self, size: usize, next: Option<&str>) {
        self.size += size;
        let given = next.map(|link| self.root.absolute(link));
        self.leads_away |= given.as_ref().is_some_and(|link| !self.root.holds(link));
        self.next = given.filter(|link| self.root.holds(link));
    }

    /// Whether no page but the first was asked for.
    pub(crate) fn is_at_the_first(&self) -> bool {
        self.followed.len() <= 1
    }

    /// Whether there is more than was followed.
    pub(crate) const fn is_cut_short(&self) -> bool {
        self.leads_away || self.next.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sl_4_pages_are_followed_to_their_end_and_never_in_a_circle_or_away() {
        let root = Root::new("https://p.example/STU3/1");
        let first = || "https://p.example/STU3/1/Appointment".to_owned();
        let walk = |link: &dyn Fn(usize) -> Option<String>, size: usize| {
            let (mut pages, mut read) = (Pages::of(&root, first()), 0);
            while pages.next().is_some() {
                assert_eq!(pages.is_at_the_first(), read == 0, "page {read}");
                read += 1;
                pages.came(size, link(read).as_deref());
            }
            (read, pages.is_cut_short())
        };
        let numbered = |page: usize| Some(format!("Appointment?page={page}"));
        assert_eq!(walk(&|_| None, 1), (1, false), "one page");
        assert_eq!(walk(&|page| numbered(page).filter(|_| page < 3), 1), (3, false), "three pages");
        assert_eq!(walk(&|_| Some(first()), 1), (1, true), "a circle");
        assert_eq!(walk(&|_| Some("https://other.example/x".to_owned()), 1), (1, true), "away");
        assert_eq!(walk(&numbered, 1), (MOST, true), "without an end");
        assert_eq!(walk(&numbered, LARGEST_OF_ALL / 2), (2, true), "too much");
    }
}
