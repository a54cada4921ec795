import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const tauri = {
  group: ["@tauri-apps/*"],
  message: "Only src/platform talks to Tauri.",
};
const journeys = [
  "audit",
  "check",
  "confirmation",
  "encounter",
  "ending",
  "home",
  "outcome",
  "patient",
  "referral",
  "responses",
  "services",
  "signIn",
  "slots",
  "unfinished",
  "booking",
  "bookings",
  "cancel",
  "rebook",
  "closure",
  "reports",
];

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/contract"] },
  js.configs.recommended,
  tseslint.configs.strict,
  reactHooks.configs.flat.recommended,
  {
    files: ["src/**/*.{ts,tsx}", "tests/**/*.{ts,tsx}"],
    rules: { "no-restricted-imports": ["error", { patterns: [tauri] }] },
  },
  {
    files: ["src/components/**", "src/frame/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            tauri,
            {
              group: ["**/journeys/**"],
              message: "Shared pieces do not know the journeys.",
            },
          ],
        },
      ],
    },
  },
  ...journeys.map((own) => ({
    files: [`src/journeys/${own}/**`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            tauri,
            {
              group: journeys.filter((other) => other !== own).map((other) => `../${other}/*`),
              message: "Journeys do not import each other.",
            },
          ],
        },
      ],
    },
  })),
  {
    files: ["src/platform/**"],
    rules: { "no-restricted-imports": "off" },
  },
);
