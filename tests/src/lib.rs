//! Whole journeys over real sockets, and the real window by WebDriver.
