//! What the system needs, and why. Tables and their reading only: `system` looks and installs.

/// What it is needed for. Each includes those before it.
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

/// Every package, in the order of need. A package whose service would start by itself must not come here without a way to
/// keep that service from starting ([`ANSWERS`]): a set-up opens no port on anybody's machine.
pub(crate) const PACKAGES: &[Package] = &[
    package("build-essential", Purpose::Window, "compiles the parts that are written in C"),
    package("perl", Purpose::Window, "builds the encryption of the local record"),
    package("pkg-config", Purpose::Window, "finds the system's libraries"),
    package("libwebkit2gtk-4.1-dev", Purpose::Window, "shows the window"),
    package("xvfb", Purpose::Tour, "is the virtual display"),
    package("webkit2gtk-driver", Purpose::Tour, "drives the window by WebDriver"),
    package("fonts-liberation", Purpose::Tour, "makes text on screenshots look as on a desk"),
    package("procps", Purpose::Tests, "kills the application in the tests of what survives"),
    package("libxml2-utils", Purpose::Tests, "holds messages to their published schemas"),
    package("poppler-utils", Purpose::Tests, "reads what was printed"),
    package("python3-lxml", Purpose::Tests, "holds referrals to rules that no schema says"),
    package("dbus-daemon", Purpose::Tests, "carries what the tests ask a key store, on a bus of their own"),
    package("gnome-keyring", Purpose::Tests, "is the key store that the tests ask; it opens no port"),
    package("slapd", Purpose::Tests, "is the directory that the tests ask; its service is not set up"),
];

/// What the installer of a package would ask, with the answer, as `debconf-set-selections` takes it. Without a
/// configuration the directory's service has nothing to serve and does not start, now or later.
pub(crate) const ANSWERS: &[(&str, &str)] = &[("slapd", "slapd slapd/no_configuration boolean true")];

/// The packages that a purpose needs and that are not installed.
pub(crate) fn missing(purpose: Purpose, installed: impl Fn(&str) -> bool) -> Vec<Package> {
    PACKAGES.iter().copied().filter(|package| package.purpose <= purpose && !installed(package.name)).collect()
}

/// What a system without apt needs.
#[derive(Debug)]
pub(crate) struct Need {
    pub(crate) what: &'static str,
    pub(crate) why: &'static str,
    /// How a person gets it.
    pub(crate) how: &'static str,
    /// It is there where any of these commands succeeds and prints something.
    pub(crate) shown_by: &'static [&'static [&'static str]],
}

/// Where the installer of the system's webview leaves its version: for all users, or for this one.
const WEBVIEW2_OF_ALL: &str =
    "HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\EdgeUpdate\\Clients\\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}";
const WEBVIEW2_OF_ONE: &str = "HKCU\\Software\\Microsoft\\EdgeUpdate\\Clients\\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}";

/// What Windows needs.
pub(crate) const WINDOWS: &[Need] = &[
    Need {
        what: "Visual Studio Build Tools with C++",
        why: "compile the parts that are written in C",
        how: "install them with the workload \"Desktop development with C++\"",
        shown_by: &[&[
            "C:\\Program Files (x86)\\Microsoft Visual Studio\\Installer\\vswhere.exe",
            "-products",
            "*",
            "-requires",
            "Microsoft.VisualStudio.Component.VC.Tools.x86.x64",
            "-property",
            "installationPath",
        ]],
    },
    Need {
        what: "Perl",
        why: "builds the encryption of the local record",
        how: "install Strawberry Perl, and open a new terminal",
        shown_by: &[&["perl", "-v"]],
    },
    Need {
        what: "WebView2",
        why: "shows the window",
        how: "it is part of Windows 11; on Windows 10 install the \"Evergreen\" WebView2 Runtime",
        shown_by: &[&["reg", "query", WEBVIEW2_OF_ALL, "/v", "pv"], &["reg", "query", WEBVIEW2_OF_ONE, "/v", "pv"]],
    },
];

/// What macOS needs.
pub(crate) const MACOS: &[Need] = &[Need {
    what: "Xcode Command Line Tools",
    why: "compile the parts that are written in C",
    how: "run: xcode-select --install",
    shown_by: &[&["xcode-select", "-p"]],
}];

/// The needs that no command shows to be met.
pub(crate) fn unmet(needs: &'static [Need], shows: impl Fn(&[&str]) -> bool) -> Vec<&'static Need> {
    needs.iter().filter(|need| !need.shown_by.iter().any(|command| shows(command))).collect()
}

/// The oldest Node.js that the UI's tools run on.
pub(crate) const OLDEST_NODE: (u32, u32) = (20, 19);

/// Whether a version as `node --version` says it is new enough.
pub(crate) fn node_is_new_enough(version: &str) -> bool {
    let mut parts = version.trim().trim_start_matches('v').split('.').map(str::parse::<u32>);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= OLDEST_NODE,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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

    #[test]
    fn every_need_is_named_once_and_says_why() {
        let names: BTreeSet<_> = PACKAGES.iter().map(|package| package.name).collect();
        assert_eq!(names.len(), PACKAGES.len(), "each once");
        assert!(PACKAGES.iter().all(|package| !package.why.is_empty()), "each package says why");
        let mut others = WINDOWS.iter().chain(MACOS);
        assert!(others.all(|need| !need.how.is_empty() && !need.shown_by.is_empty()), "each can be met");
    }

    #[test]
    fn one_sign_that_a_need_is_met_is_enough() {
        let for_one_user = |command: &[&str]| command.contains(&WEBVIEW2_OF_ONE);
        let unmet: Vec<_> = unmet(WINDOWS, for_one_user).iter().map(|need| need.what).collect();
        assert_eq!(unmet, ["Visual Studio Build Tools with C++", "Perl"], "all but the webview");
    }

    #[test]
    fn an_old_or_odd_node_is_not_new_enough() {
        for (version, new_enough) in [
            ("v20.19.0\n", true),
            ("v22.1.0", true),
            ("v20.18.3", false),
            ("v18.20.4", false),
            ("", false),
            ("v", false),
        ] {
            assert_eq!(node_is_new_enough(version), new_enough, "{version:?}");
        }
    }
}
