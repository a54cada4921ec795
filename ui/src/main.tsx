import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Startup } from "./app/App";
import { newQueryClient } from "./frame/queries";
import type { Desk } from "./platform/desk";
import { tauriDesk } from "./platform/tauriDesk";
import "./styles/app.scss";

async function chooseDesk(): Promise<Desk> {
  // The fake is for looking at screens while developing; a production bundle does not hold it.
  if (import.meta.env.DEV) {
    const wanted = new URLSearchParams(window.location.search);
    if (wanted.has("fake")) {
      const { fakeDeskFor } = await import("./fake/fakeDesk");
      return fakeDeskFor(wanted);
    }
  }
  return tauriDesk;
}

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no root");

void chooseDesk().then((desk) =>
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={newQueryClient()}>
        <Startup desk={desk} />
      </QueryClientProvider>
    </StrictMode>,
  ),
);
