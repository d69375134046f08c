#!/usr/bin/env node
/** For those who start all three runtimes by the same name. */
import "./polylog.js";
