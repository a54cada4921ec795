//! For whoever sees little: the window shown twice as large by keyboard, with nothing to be moved sideways for (NF-1).

use std::time::{Duration, Instant};

use desk_tests::window::Window;
use serde_json::json;
use thirtyfour::Key;

use crate::steps::{sign_in, skipped, to_services};

/// Presses Ctrl and a key.
async fn with_control(window: &Window, key: &str) {
    let keys = window.driver.action_chain().key_down(Key::Control).send_keys(key).key_up(Key::Control);
    keys.perform().await.expect("keys can be pressed");
}

async fn width(window: &Window) -> u64 {
    let width = window.driver.execute("return window.innerWidth;", vec![]).await.expect("a page").json().as_u64();
    width.expect("a width")
}

/// Waits until so many CSS pixels are in sight.
async fn is_as_wide(window: &Window, wanted: u64) {
    let began = Instant::now();
    loop {
        let now = width(window).await;
        if now.abs_diff(wanted) <= 2 {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "NF-1: {wanted} CSS pixels wide, and not {now}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Presses a button without looking for its place: the driver does not know of the size in which the page is shown.
async fn press(window: &Window, name: &str) {
    window.button(name).await;
    let script = "[...document.querySelectorAll('button')].find(one => \
        (one.getAttribute('aria-label') || one.innerText).trim().startsWith(arguments[0])).click();";
    window.driver.execute(script, vec![json!(name)]).await.expect("it can be pressed");
}

async fn assert_nothing_beside(window: &Window, page: &str) {
    let script = "return document.documentElement.scrollWidth - window.innerWidth;";
    let beside = window.driver.execute(script, vec![]).await.expect("a page").json().as_i64();
    assert!(beside.is_some_and(|beside| beside <= 0), "NF-1 on the page {page:?}: {beside:?} pixels beside the window");
}

#[tokio::test(flavor = "multi_thread")]
async fn nf_1_shown_twice_as_large_by_keyboard_no_page_has_to_be_moved_sideways() {
    if skipped() {
        return;
    }
    let window = Window::open(&["--demonstration"]).await;
    window.driver.set_window_rect(0, 0, 1280, 720).await.expect("the window takes a size");
    is_as_wide(&window, 1280).await;
    sign_in(&window, "handler", "demo call handler").await;
    to_services(&window, "PATIENT, John", "Dx06").await;
    window.says("All providers asked").await;
    for _ in 0..5 {
        with_control(&window, "=").await;
    }
    is_as_wide(&window, 640).await;
    assert_nothing_beside(&window, "Choose a service").await;
    press(&window, "Choose Northdale Urgent Treatment Centre").await;
    window.page("Choose a slot").await;
    window.says("In time").await;
    assert_nothing_beside(&window, "Choose a slot").await;
    let slot = "document.querySelector('section.app-slots button.app-slot').click();";
    window.driver.execute(slot, vec![]).await.expect("a slot can be chosen");
    window.page("Check before booking").await;
    window.says("The appointment").await;
    assert_nothing_beside(&window, "Check before booking").await;
    press(&window, "Book this slot").await;
    window.page("Booked").await;
    assert_nothing_beside(&window, "Booked").await;
    for (button, page) in [("Desk", "Desk"), ("Find bookings", "Find bookings"), ("Unfinished work", "Unfinished work")]
    {
        press(&window, button).await;
        window.page(page).await;
        assert_nothing_beside(&window, page).await;
    }
    with_control(&window, "0").await;
    is_as_wide(&window, 1280).await;
    window.press("Sign out").await;
    sign_in(&window, "supervisor", "demo supervisor desk").await;
    for _ in 0..5 {
        with_control(&window, "=").await;
    }
    is_as_wide(&window, 640).await;
    for (page, words) in [("Users", "Add a user"), ("Audit record", "events"), ("Reports", "RP-14")] {
        press(&window, page).await;
        window.page(page).await;
        window.says(words).await;
        assert_nothing_beside(&window, page).await;
    }
    window.close().await;
}
