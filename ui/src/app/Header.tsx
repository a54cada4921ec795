import { useEffect, useRef } from "react";
import { Button } from "../components/Button";
import { useFrame } from "../frame/frame";
import { useUnfinished } from "../frame/queries";
import type { Route } from "../frame/route";

const allShortcuts: { key: string; words: string; to: Route }[] = [
  { key: "n", words: "New patient", to: { page: "newPatient" } },
  { key: "b", words: "Find bookings", to: { page: "bookings" } },
  { key: "u", words: "Unfinished work", to: { page: "unfinished" } },
  { key: "h", words: "Desk (home)", to: { page: "home" } },
];

type HeaderPage = "home" | "bookings" | "unfinished" | "reports" | "audit" | "users";

/** Product, who is signed in, and the ways to anywhere. */
export function Header() {
  const { signedIn, setSignedIn, desk, go, route, start } = useFrame();
  const help = useRef<HTMLDialogElement>(null);
  const unfinished = useUnfinished();
  const count = unfinished.data?.length ?? signedIn?.unfinished ?? 0;

  // Nobody is led to a page whose work is not theirs to do.
  const shortcuts = allShortcuts.filter(({ key }) => key !== "n" || signedIn?.user.mayBook);

  useEffect(() => {
    if (!signedIn) return;
    const pressed = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey) return;
      const shortcut = shortcuts.find(({ key }) => key === event.key.toLowerCase());
      if (!shortcut) return;
      event.preventDefault();
      help.current?.close?.();
      go(shortcut.to);
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  });

  const signOut = () =>
    void desk.signOut().finally(() => {
      setSignedIn(null);
      go({ page: "home" });
    });
  const link = (to: HeaderPage, words: string, className = "") => (
    <button
      type="button"
      className={`app-header__link ${className}`}
      aria-current={route.page === to ? "page" : undefined}
      onClick={() => go(to === "reports" ? { page: to, reportId: null } : { page: to })}
    >
      {words}
    </button>
  );

  return (
    <header className="app-header">
      <span className="app-header__product">Booking Desk</span>
      <span className="app-header__organisation">{start.organisation}</span>
      {signedIn && (
        <>
          <nav className="app-header__nav" aria-label="Desk">
            {link("home", "Desk")}
            {link("bookings", "Find bookings")}
            {link(
              "unfinished",
              `Unfinished work (${count})`,
              count > 0 ? "app-header__link--waiting" : "",
            )}
            {signedIn.user.mayReadAudit && link("reports", "Reports")}
            {signedIn.user.mayReadAudit && link("audit", "Audit record")}
            {signedIn.user.mayManageUsers && link("users", "Users")}
          </nav>
          <span className="app-header__user">
            <strong>{signedIn.user.name}</strong> {signedIn.user.roleWords}
          </span>
          <button
            type="button"
            className="app-header__link"
            onClick={() => help.current?.showModal()}
          >
            Shortcuts
          </button>
          <button type="button" className="app-header__link" onClick={signOut}>
            Sign out
          </button>
          <dialog ref={help} className="app-dialog" aria-labelledby="shortcuts-title">
            <h2 className="app-h2" id="shortcuts-title">
              Keyboard shortcuts
            </h2>
            <dl className="app-shortcuts">
              {shortcuts.map(({ key, words }) => (
                <div key={key}>
                  <dt>
                    <kbd>Alt</kbd> + <kbd>{key.toUpperCase()}</kbd>
                  </dt>
                  <dd>{words}</dd>
                </div>
              ))}
              <div>
                <dt>
                  <kbd>Ctrl</kbd> + <kbd>+</kbd> <kbd>−</kbd> <kbd>0</kbd>
                </dt>
                <dd>Larger, smaller, as it was</dd>
              </div>
              <div>
                <dt>
                  <kbd>↑</kbd> <kbd>↓</kbd>
                </dt>
                <dd>Move between services; Enter chooses</dd>
              </div>
              {signedIn.user.mayReadAudit && (
                <div>
                  <dt>
                    <kbd>Alt</kbd> + <kbd>C</kbd>
                  </dt>
                  <dd>Clear the filter of the audit record</dd>
                </div>
              )}
            </dl>
            <Button onClick={() => help.current?.close()}>Close</Button>
          </dialog>
        </>
      )}
    </header>
  );
}
