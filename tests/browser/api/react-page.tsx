// A small React app under StrictMode that the test drives; it renders what the hooks say.
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
// biome-ignore lint/suspicious/noExplicitAny: the page's globals
declare const globalThis: any;
import { SkerryContext, usePowerSync, useQuery, useStatus } from "../../../dist/react/index.js";

interface Row {
  id: string;
  name: string;
}

function Lists({ prefix }: { prefix: string }) {
  const { data, isLoading, isFetching, error } = useQuery<Row>(
    "SELECT id, name FROM lists WHERE name LIKE ? ORDER BY name",
    [`${prefix}%`],
    { throttleMs: 0 },
  );
  globalThis.renders.push({ prefix, ids: data.map((row: Row) => row.id), isLoading, isFetching, error: error?.message });
  globalThis.lastData = data;
  return <ul>{data.map((row: Row) => <li key={row.id}>{row.name}</li>)}</ul>;
}

function Status() {
  const status = useStatus();
  return <p id="status">{status.connected ? "connected" : "offline"}</p>;
}

function Unprovided() {
  const { error, isLoading } = useQuery("SELECT 1");
  return <p id="unprovided">{`${usePowerSync() === null} ${isLoading} ${error?.message}`}</p>;
}

function App() {
  const [prefix, setPrefix] = useState("");
  const [shown, setShown] = useState(true);
  globalThis.setPrefix = setPrefix;
  globalThis.setShown = setShown;
  return (
    <>
      <SkerryContext value={globalThis.db}>
        {shown && <Lists prefix={prefix} />}
        {shown && <Lists prefix={prefix} />}
        <Status />
      </SkerryContext>
      <Unprovided />
    </>
  );
}

globalThis.mount = () => {
  globalThis.renders = [];
  createRoot(document.getElementById("root") as HTMLElement).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
};
