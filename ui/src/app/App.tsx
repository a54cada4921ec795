import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { ComponentType } from "react";
import { ProblemNotice } from "../components/ProblemNotice";
import type { SignedInView, StartView } from "../contract/contract";
import { FrameContext, useFrame } from "../frame/frame";
import type { Frame } from "../frame/frame";
import { useIdleLock } from "../frame/idle";
import type { EncounterMemory } from "../frame/memory";
import { problemOf } from "../frame/queries";
import { hashToRoute, routeToHash } from "../frame/route";
import type { Route, Step } from "../frame/route";
import { useNothingCovered } from "../frame/uncovered";
import { AuditPage } from "../journeys/audit/AuditPage";
import { TimelinePage } from "../journeys/audit/TimelinePage";
import { BookingPage } from "../journeys/booking/BookingPage";
import { ElsewherePage } from "../journeys/booking/ElsewherePage";
import { FindBookingsPage } from "../journeys/bookings/FindBookingsPage";
import { CancelPage } from "../journeys/cancel/CancelPage";
import { CheckPage } from "../journeys/check/CheckPage";
import { ServiceClosesPage } from "../journeys/closure/ServiceClosesPage";
import { ConfirmationPage } from "../journeys/confirmation/ConfirmationPage";
import { EndingPage } from "../journeys/ending/EndingPage";
import { DemonstrationPage } from "../journeys/demonstration/DemonstrationPage";
import { EncounterLayout } from "../journeys/encounter/EncounterLayout";
import { HomePage } from "../journeys/home/HomePage";
import { OutcomePage } from "../journeys/outcome/OutcomePage";
import { PatientPage } from "../journeys/patient/PatientPage";
import { HoldsPage } from "../journeys/rebook/HoldsPage";
import { ReferralPage } from "../journeys/referral/ReferralPage";
import { ResponsesPage } from "../journeys/responses/ResponsesPage";
import { ReportsPage } from "../journeys/reports/ReportsPage";
import { ServicesPage } from "../journeys/services/ServicesPage";
import { SignInPage } from "../journeys/signIn/SignInPage";
import { SlotsPage } from "../journeys/slots/SlotsPage";
import { UsersPage } from "../journeys/users/UsersPage";
import { UnfinishedPage } from "../journeys/unfinished/UnfinishedPage";
import type { Desk } from "../platform/desk";
import { Header } from "./Header";

/** The desk once it has started: the frame round every page. */
export function App({
  desk,
  start,
  startAgain,
}: {
  desk: Desk;
  start: StartView;
  startAgain: () => void;
}) {
  const queries = useQueryClient();
  const [signedIn, setSignedInState] = useState<SignedInView | null>(start.signedIn);
  const [route, setRoute] = useState<Route>(() => hashToRoute(window.location.hash));
  const [memory, setMemory] = useState<Record<string, EncounterMemory>>({});
  const held = useRef(false);
  const current = useRef(route);
  useNothingCovered();

  useEffect(() => {
    current.current = route;
  }, [route]);
  useEffect(() => {
    const changed = () => {
      if (held.current) window.history.replaceState(null, "", routeToHash(current.current));
      else setRoute(hashToRoute(window.location.hash));
    };
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);

  const [locked, setLocked] = useState(false);
  useIdleLock({
    on: signedIn !== null,
    seconds: start.lockAfterSeconds,
    here: () => void desk.stillHere(),
    lock: () => {
      // While a booking is on its way its answer has to be shown.
      if (held.current) return false;
      void desk.lock();
      setLocked(true);
      setSignedInState(null);
      return true;
    },
  });

  const frame: Frame = {
    desk,
    start,
    startAgain,
    signedIn,
    locked,
    setSignedIn: (view) => {
      setLocked(false);
      // Whatever the one before saw is not for the next to see.
      if (view === null || view.user.username !== signedIn?.user.username) {
        queries.clear();
      }
      setSignedInState(view);
    },
    route,
    go: (to) => {
      if (held.current) return;
      setRoute(to);
      if (window.location.hash !== routeToHash(to)) window.location.hash = routeToHash(to);
    },
    hold: (on) => {
      held.current = on;
    },
    recall: (encounterId) => memory[encounterId] ?? {},
    remember: (encounterId, change) =>
      setMemory((all) => {
        const old = all[encounterId] ?? {};
        const part = typeof change === "function" ? change(old) : change;
        return { ...all, [encounterId]: { ...old, ...part } };
      }),
    forget: (encounterId) =>
      setMemory((all) =>
        Object.fromEntries(Object.entries(all).filter(([id]) => id !== encounterId)),
      ),
  };

  return (
    <FrameContext.Provider value={frame}>
      <a
        className="nhsuk-skip-link"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>("h1")?.focus();
        }}
      >
        Skip to main content
      </a>
      {start.mode === "demonstration" && (
        <aside className="app-band" aria-label="Demonstration">
          <strong>DEMONSTRATION</strong> Invented patients and services. Nothing here reaches the
          NHS.
          {start.situations && (
            <button
              type="button"
              className="app-band__link"
              aria-current={route.page === "demonstration" ? "page" : undefined}
              onClick={() => frame.go({ page: "demonstration" })}
            >
              Situations for training
            </button>
          )}
        </aside>
      )}
      <Header />
      <main id="main" className="app-main">
        {route.page === "demonstration" && start.situations ? (
          <DemonstrationPage />
        ) : signedIn === null ? (
          <SignInPage />
        ) : (
          <Pages />
        )}
      </main>
      <footer className="app-footer">
        {start.organisation && `${start.organisation} · `}Booking Desk {start.version}
      </footer>
    </FrameContext.Provider>
  );
}

function Pages() {
  const { route } = useFrame();
  switch (route.page) {
    case "home":
      return <HomePage />;
    case "demonstration":
      // In live use there is no such page.
      return <HomePage />;
    case "unfinished":
      return <UnfinishedPage />;
    case "users":
      return <UsersPage />;
    case "reports":
      return <ReportsPage reportId={route.reportId} />;
    case "audit":
      return <AuditPage />;
    case "auditTimeline":
      return <TimelinePage encounterId={route.encounterId} key={route.encounterId} />;
    case "booking":
      return <BookingPage bookingId={route.bookingId} key={route.bookingId} />;
    case "bookings":
      return <FindBookingsPage />;
    case "serviceCloses":
      return <ServiceClosesPage />;
    case "elsewhere":
      return (
        <EncounterLayout encounterId={route.encounterId} key={route.encounterId}>
          <ElsewherePage encounterId={route.encounterId} url={route.url} key={route.url} />
        </EncounterLayout>
      );
    case "holds":
      return (
        <EncounterLayout encounterId={route.encounterId} key={route.encounterId}>
          <HoldsPage encounterId={route.encounterId} />
        </EncounterLayout>
      );
    case "cancel": {
      const { bookingId, encounterId, url, rebookId } = route;
      const page = (
        <CancelPage
          which={{ bookingId, encounterId, url }}
          rebookId={rebookId}
          key={`${bookingId} ${url}`}
        />
      );
      return encounterId === null ? (
        <div className="app-pad">{page}</div>
      ) : (
        <EncounterLayout encounterId={encounterId} key={encounterId}>
          {page}
        </EncounterLayout>
      );
    }
    case "newPatient":
      return (
        <EncounterLayout step="patient">
          <PatientPage />
        </EncounterLayout>
      );
    case "encounter":
      return (
        <EncounterLayout encounterId={route.encounterId} step={route.step} key={route.encounterId}>
          <StepPage encounterId={route.encounterId} step={route.step} />
        </EncounterLayout>
      );
  }
}

function StepPage({ encounterId, step }: { encounterId: string; step: Step }) {
  const pages: Record<Step, ComponentType<{ encounterId: string }>> = {
    patient: PatientPage,
    responses: ResponsesPage,
    outcome: OutcomePage,
    services: ServicesPage,
    slots: SlotsPage,
    check: CheckPage,
    confirmation: ConfirmationPage,
    referral: ReferralPage,
    ending: EndingPage,
  };
  const Chosen = pages[step];
  return <Chosen encounterId={encounterId} />;
}

/** Asks the core how it started, and shows the desk when it says. */
export function Startup({ desk }: { desk: Desk }) {
  const start = useQuery({
    queryKey: ["start"],
    queryFn: () => desk.start(),
    staleTime: Infinity,
    gcTime: Infinity,
  });
  const [begun, setBegun] = useState<StartView | null>(null);
  if (start.data && begun === null) setBegun(start.data);
  const again = useMutation({ mutationFn: () => desk.startAgain(), onSuccess: setBegun });
  if (begun && !again.isPending) {
    return <App desk={desk} start={begun} startAgain={() => again.mutate()} />;
  }
  return (
    <main className="app-main app-pad" aria-label="Booking Desk">
      {start.error ? (
        <StartFailed error={start.error} again={() => void start.refetch()} desk={desk} />
      ) : (
        <p className="app-quiet" role="status">
          Opening the desk…
        </p>
      )}
    </main>
  );
}

const emptyStart: StartView = {
  mode: "live",
  organisation: "",
  version: "",
  needsFirstUser: false,
  readyUsers: [],
  situations: false,
  lockAfterSeconds: 600,
  readyPatients: [],
  signedIn: null,
  problems: [],
};

function StartFailed({ error, again, desk }: { error: unknown; again: () => void; desk: Desk }) {
  // The notice's buttons need a frame; before the start there is only an empty one.
  const frame: Frame = {
    desk,
    start: emptyStart,
    startAgain: again,
    signedIn: null,
    locked: false,
    setSignedIn: () => undefined,
    route: { page: "home" },
    go: () => undefined,
    hold: () => undefined,
    recall: () => ({}),
    remember: () => undefined,
    forget: () => undefined,
  };
  const problem = problemOf(error);
  return (
    <FrameContext.Provider value={frame}>
      <h1 className="app-h1">The desk could not be opened</h1>
      {problem && (
        <ProblemNotice problem={{ ...problem, nextSteps: ["tryAgain"] }} onTryAgain={again} />
      )}
    </FrameContext.Provider>
  );
}
