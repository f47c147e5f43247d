-- SPDX-License-Identifier: Apache-2.0
-- Tables, closures, strings and floats.
local function queens(n)
    local found, columns, up, down = 0, {}, {}, {}
    local function place(row)
        if row > n then
            found = found + 1
            return
        end
        for c = 1, n do
            if not (columns[c] or up[row + c] or down[row - c + n]) then
                columns[c], up[row + c], down[row - c + n] = true, true, true
                place(row + 1)
                columns[c], up[row + c], down[row - c + n] = nil, nil, nil
            end
        end
    end
    place(1)
    return found
end

local function spectral(n)
    local function a(i, j)
        return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1)
    end
    local u = {}
    for i = 1, n do u[i] = 1.0 end
    for _ = 1, 4 do
        local v = {}
        for i = 1, n do
            local sum = 0.0
            for j = 1, n do sum = sum + a(i - 1, j - 1) * u[j] end
            v[i] = sum
        end
        u = v
    end
    return string.format("%.9g", u[n])
end

local function strings(n)
    local parts = {}
    for i = 1, n do
        parts[#parts + 1] = ("%d:%x"):format(i, i * 2654435761 % 4294967296)
    end
    local all = table.concat(parts, ",")
    local sum = 0
    for word in all:gmatch("%x+") do sum = sum + #word end
    return sum, #all:gsub("1(%d)", "%1-"):upper()
end

print(queens(8), spectral(250), strings(60000))
