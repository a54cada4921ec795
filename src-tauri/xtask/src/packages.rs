//! What the system needs, and why.

/// What it is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// To build and open the window.
    Window,
    /// To walk through it on a virtual display.
    Tour,
    /// To run every test.
    Tests,
}

/// A Debian package.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) why: &'static str,
    pub(crate) purpose: Purpose,
}

const fn package(name: &'static str, purpose: Purpose, why: &'static str) -> Package {
    Package { name, why, purpose }
}

/// Every package, in the order of need.
pub(crate) const PACKAGES: &[Package] = &[
    package("build-essential", Purpose::Window, "compiles the parts that are written in C"),
    package("perl", Purpose::Window, "builds the encryption of the local record"),
    package("pkg-config", Purpose::Window, "finds the system's libraries"),
    package("libwebkit2gtk-4.1-dev", Purpose::Window, "shows the window"),
    package("xvfb", Purpose::Tour, "is the virtual display"),
    package("webkit2gtk-driver", Purpose::Tour, "drives the window by WebDriver"),
    package("fonts-liberation", Purpose::Tour, "makes text on screenshots look as on a desk"),
    package("procps", Purpose::Tests, "kills the application in the tests of what survives"),
];

/// The packages that a purpose needs and that are not installed.
pub(crate) fn missing(purpose: Purpose, installed: impl Fn(&str) -> bool) -> Vec<Package> {
    PACKAGES.iter().copied().filter(|package| package.purpose <= purpose && !installed(package.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_needs_less_than_its_tests() {
        let window = missing(Purpose::Window, |_| false);
        assert!(window.iter().all(|package| package.purpose == Purpose::Window), "only what a window needs");
        assert_eq!(missing(Purpose::Tests, |_| false).len(), PACKAGES.len(), "tests need all");
    }

    #[test]
    fn what_is_installed_is_not_installed_again() {
        let names: Vec<_> = missing(Purpose::Tests, |name| name != "xvfb").iter().map(|package| package.name).collect();
        assert_eq!(names, ["xvfb"], "only what lacks");
    }
}
