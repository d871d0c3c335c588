// Runs check.py on CPython 3.14 in this process.
// node check.mjs CHECKOUT SITE_PACKAGES   (both real folders: no link leads out of a mounted one)
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [checkout, sitePackages] = process.argv.slice(2);
// Installed outside the sources, where Node would not look by itself.
const require = createRequire(`${checkout}/build/phone-python/`);
const { loadPyodide } = await import(pathToFileURL(require.resolve("pyodide/pyodide.mjs")));

const python = await loadPyodide({
  env: { HOME: "/tmp", PYTEST_DISABLE_PLUGIN_AUTOLOAD: "1" },
});
python.FS.mkdirTree("/checkout");
python.FS.mount(python.FS.filesystems.NODEFS, { root: checkout }, "/checkout");
python.FS.mkdirTree("/site-packages");
python.FS.mount(python.FS.filesystems.NODEFS, { root: sitePackages }, "/site-packages");
python.globals.set("SITE_PACKAGES", "/site-packages");
const check = python.FS.readFile("/checkout/mobile/android/phone_python/check.py", {
  encoding: "utf8",
});
process.exitCode = await python.runPythonAsync(`${check}\nmain(SITE_PACKAGES)`);
